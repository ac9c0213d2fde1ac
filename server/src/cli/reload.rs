//! Another configuration for the server that runs: all of it, or, when anything is wrong, nothing.

use flvgate::config::{Loaded, Severity};
use flvgate::{Server, StartError};
use tracing::{error, info, warn};

use super::open_files;
use super::pid_file::PidFile;
use super::source::Source;
use crate::log::Logging;

/// What the process has besides its server, of the configuration in force.
pub(super) struct InForce {
    pub(super) source: Source,
    pub(super) loaded: Loaded,
    pub(super) logging: Logging,
    pub(super) pid_file: Option<PidFile>,
}

impl InForce {
    /// Reads the configuration again and puts it in force, because `cause` asks for it. What came of it is logged, and
    /// returned in words.
    pub(super) fn reload(&mut self, server: &mut Server, cause: &str) -> Result<String, String> {
        let outcome = self.replace(server);
        match &outcome {
            Ok(changes) if changes.is_empty() => info!("reloaded ({cause}): nothing is different"),
            Ok(changes) => {
                info!("reloaded ({cause}): {} different", changes.len());
                changes.iter().for_each(|change| info!("reloaded: {change}"));
            }
            Err(reasons) => {
                error!("not reloaded ({cause}): what was in force stays in force");
                reasons.iter().for_each(|reason| error!("not reloaded: {reason}"));
            }
        }
        match outcome {
            Ok(changes) if changes.is_empty() => Ok("nothing is different".to_owned()),
            Ok(changes) => Ok(changes.join("; ")),
            Err(reasons) => Err(reasons.join("; ")),
        }
    }

    /// The same when nobody waits for the outcome but the API's list of what was.
    pub(super) fn reload_unasked(&mut self, server: &mut Server, cause: &str) {
        let outcome = self.reload(server, cause);
        server.note_reload(&outcome);
    }

    fn replace(&mut self, server: &mut Server) -> Result<Vec<String>, Vec<String>> {
        let new = self.source.load().map_err(|report| report.lines(Severity::Error).collect::<Vec<_>>())?;
        let changes = new.changes_since(&self.loaded);
        let (old_config, config) = (&self.loaded.config, &new.config);

        // First everything that can fail, then everything that cannot.
        let log = self.logging.prepare(&config.log).map_err(|error| {
            vec![format!("cannot write to the log file {}: {error}", config.log.file.display())]
        })?;
        let pid_file = if config.pid == old_config.pid {
            None
        } else {
            let written = config.pid.as_deref().map(PidFile::write).transpose();
            Some(written.map_err(|error| vec![format!("cannot write the file that 'pid' names: {error}")])?)
        };
        server.reload(config).map_err(|error| vec![refusal(&error, &new)])?;
        self.logging.apply(log);
        if let Some(pid_file) = pid_file {
            self.pid_file = pid_file;
        }

        if config.max_connections != old_config.max_connections {
            open_files::raise_limit(config.max_connections);
        }
        if config.process.work_dir != old_config.process.work_dir || config.server_id != old_config.server_id
        {
            warn!("work_dir or server_id is another one, which takes a restart");
        }
        new.report.lines(Severity::Warning).for_each(|line| warn!("{line}"));
        self.loaded = new;
        Ok(changes)
    }
}

fn refusal(error: &StartError, loaded: &Loaded) -> String {
    match error {
        StartError::Listen(error) => format!("{error}: {}", super::serve::hint(error, loaded)),
        StartError::Identity(error) => error.to_string(),
    }
}
