//! Another configuration for the server that runs: all of it, or, when anything is wrong, nothing.

use std::io;
use std::sync::Arc;

use flvgate::Server;
use flvgate::config::{Config, Loaded, Log, Severity};
use flvgate::http::{Certificates, LoadedCertificates};
use tokio::task::spawn_blocking;
use tracing::{error, info, warn};

use super::open_files;
use super::pid_file::PidFile;
use super::signals::{Signals, Wish};
use super::source::Source;
use crate::log::{Logging, Prepared};

/// What the process has besides its server, of the configuration in force.
pub(super) struct InForce {
    pub(super) source: Arc<Source>,
    pub(super) loaded: Loaded,
    pub(super) logging: Logging,
    pub(super) pid_file: Option<PidFile>,
}

impl InForce {
    /// Reads the configuration again and puts it in force, because `cause` asks for it. What came of it is logged, and
    /// returned in words; or the signal to stop that came while files were waited for.
    pub(super) async fn reload(
        &mut self,
        server: &mut Server,
        signals: &mut Signals,
        cause: &str,
    ) -> Result<Result<String, String>, Wish> {
        let ready = tokio::select! {
            ready = self.make_ready(server) => ready,
            wish = signals.stop() => {
                warn!("not reloaded ({cause}): the files are not read yet");
                return Err(wish);
            }
        };
        Ok(self.put_in_force(server, ready, cause))
    }

    /// The same when nobody waits for the outcome but the API's list of what was.
    pub(super) async fn reload_unasked(
        &mut self,
        server: &mut Server,
        signals: &mut Signals,
        cause: &str,
    ) -> Result<(), Wish> {
        let outcome = self.reload(server, signals, cause).await?;
        server.note_reload(&outcome);
        Ok(())
    }

    /// Everything that reads and writes files, in a thread of its own: a disk that does not answer is no reason to hear no
    /// signal.
    async fn make_ready(&self, server: &Server) -> Result<Ready, Vec<String>> {
        let (source, old) = (self.source.clone(), self.loaded.config.clone());
        let (log, certificates) = (self.logging.preparation(), server.certificates());
        spawn_blocking(move || Ready::make(&source, &old, log, &certificates))
            .await
            .unwrap_or_else(|error| Err(vec![format!("reading the files ended by a bug: {error}")]))
    }

    fn put_in_force(
        &mut self,
        server: &mut Server,
        ready: Result<Ready, Vec<String>>,
        cause: &str,
    ) -> Result<String, String> {
        let outcome = ready.and_then(|ready| self.replace(server, ready));
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

    fn replace(&mut self, server: &mut Server, ready: Ready) -> Result<Vec<String>, Vec<String>> {
        let Ready { loaded: new, log, pid_file, certificates } = ready;
        let changes = new.changes_since(&self.loaded);
        let (old_config, config) = (&self.loaded.config, &new.config);
        server
            .reload_with(config, certificates)
            .map_err(|error| vec![format!("{error}: {}", super::serve::hint(&error, &new))])?;
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

/// Another configuration, with all that it needs of the file system.
struct Ready {
    loaded: Loaded,
    log: Prepared,
    /// The file with the process id, if it is another one.
    pid_file: Option<Option<PidFile>>,
    certificates: LoadedCertificates,
}

impl Ready {
    /// Everything that can fail, but for the addresses; then the rest cannot.
    fn make(
        source: &Source,
        old: &Config,
        log: impl FnOnce(&Log) -> io::Result<Prepared>,
        certificates: &Certificates,
    ) -> Result<Self, Vec<String>> {
        let loaded = source.load().map_err(|report| report.lines(Severity::Error).collect::<Vec<_>>())?;
        let config = &loaded.config;
        let log = log(&config.log).map_err(|error| {
            vec![format!("cannot write to the log file {}: {error}", config.log.file.display())]
        })?;
        let certificates = certificates.prepare(config).map_err(|error| vec![error.to_string()])?;
        let pid_file = if config.pid == old.pid {
            None
        } else {
            let written = config.pid.as_deref().map(PidFile::write).transpose();
            Some(written.map_err(|error| vec![format!("cannot write the file that 'pid' names: {error}")])?)
        };
        Ok(Self { loaded, log, pid_file, certificates })
    }
}
