//! A server from its configuration to the signal that ends it.

use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use flvgate::config::{Listen, Loaded, Severity};
use flvgate::http::{Entrance, IdentityError};
use flvgate::{ListenError, Server, Service};
use tokio::runtime::Runtime;
use tracing::{error, info, warn};

use super::open_files;
use super::parent::Parent;
use super::pid_file::PidFile;
use super::reload::InForce;
use super::signals::{Signals, Wish};
use super::source::Source;
use super::stop;
use super::terminal;
use super::watch::Watch;
use crate::log;

/// Why nothing was started.
#[derive(Debug, thiserror::Error)]
enum StartError {
    #[error("cannot work in {path}, which 'work_dir' names: {source}")]
    WorkDir { path: String, source: io::Error },
    #[error("cannot write to the log file {path}, which 'srs_log_file' names: {source}")]
    Log { path: String, source: io::Error },
    #[error("cannot start the runtime: {0}")]
    Runtime(io::Error),
    #[error("cannot wait for signals: {0}")]
    Signals(io::Error),
    #[error("{error}\n{hint}")]
    Listen { error: ListenError, hint: String },
    #[error("{0}")]
    Identity(IdentityError),
    #[error("cannot write the file {path}, which 'pid' names: {source}")]
    Pid { path: String, source: io::Error },
}

/// Serves until a signal ends it.
pub(super) fn serve(source: Source, watch: Watch, loaded: Loaded) -> ExitCode {
    match start(source, watch, loaded) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            // The operator at the terminal must see it, wherever the log goes.
            terminal::say(format_args!("flvgate: {reason}"));
            ExitCode::FAILURE
        }
    }
}

fn start(source: Source, watch: Watch, loaded: Loaded) -> Result<(), StartError> {
    let work_dir = &loaded.config.process.work_dir;
    std::env::set_current_dir(work_dir)
        .map_err(|source| StartError::WorkDir { path: work_dir.display().to_string(), source })?;
    let log = &loaded.config.log;
    let logging =
        log::start(log).map_err(|source| StartError::Log { path: log.file.display().to_string(), source })?;
    loaded.report.lines(Severity::Note).for_each(|line| info!("{line}"));
    loaded.report.lines(Severity::Warning).for_each(|line| warn!("{line}"));
    open_files::raise_limit(loaded.config.max_connections);

    let runtime = Runtime::new().map_err(StartError::Runtime)?;
    let result =
        runtime.block_on(run(InForce { source: Arc::new(source), loaded, logging, pid_file: None }, watch));
    // What is still running after STOP_TIMEOUT is not waited for.
    runtime.shutdown_background();
    result
}

async fn run(mut in_force: InForce, mut watch: Watch) -> Result<(), StartError> {
    let mut signals = Signals::new().map_err(StartError::Signals)?;
    let loaded = &in_force.loaded;
    let mut server = Server::start(&loaded.config).map_err(|error| {
        error!("{error}");
        match error {
            flvgate::StartError::Listen(error) => StartError::Listen { hint: hint(&error, loaded), error },
            flvgate::StartError::Identity(error) => StartError::Identity(error),
        }
    })?;
    let pid_file = loaded.config.pid.as_deref().map(PidFile::write).transpose().map_err(|source| {
        let path = loaded.config.pid.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
        StartError::Pid { path, source }
    })?;
    in_force.pid_file = pid_file;
    announce(&server);

    let gracefully = operate(&mut server, &mut in_force, &mut watch, &mut signals).await;
    if gracefully {
        stop::drain(&mut server, &in_force.loaded.config.process, &mut signals).await;
    }
    stop::stop(server, &mut signals).await;
    Ok(())
}

/// Does what is asked for until that is to stop; returns whether gracefully.
async fn operate(
    server: &mut Server,
    in_force: &mut InForce,
    watch: &mut Watch,
    signals: &mut Signals,
) -> bool {
    let parent = Parent::now();
    loop {
        let process = in_force.loaded.config.process.clone();
        let reloaded = tokio::select! {
            wish = signals.next() => match wish {
                Wish::Reload => in_force.reload_unasked(server, signals, "SIGHUP").await,
                Wish::ReopenLog => {
                    in_force.logging.reopen();
                    Ok(())
                }
                Wish::Stop | Wish::Terminate | Wish::Quit => Err(wish),
            },
            request = server.next_reload_request() => {
                in_force.reload(server, signals, "API").await.map(|outcome| {
                    // Whoever asked may have gone.
                    let _ = request.reply.send(outcome);
                })
            }
            () = watch.changed(), if process.auto_reload => {
                in_force.reload_unasked(server, signals, "the file is another one").await
            }
            () = parent.ended(), if process.as_process => {
                info!("the process that started this one has ended");
                return false;
            }
        };
        match reloaded {
            Ok(()) => {}
            Err(Wish::Terminate) => return process.force_grace_quit,
            Err(wish) => return wish == Wish::Quit,
        }
    }
}

/// What to do about an address that cannot be had.
pub(super) fn hint(error: &ListenError, loaded: &Loaded) -> String {
    let listen = match error.service {
        Service::Rtmp => Listen::Rtmp,
        Service::Http(Entrance { streams: true, tls: false, .. }) => Listen::Http,
        Service::Http(Entrance { streams: true, tls: true, .. }) => Listen::Https,
        Service::Http(Entrance { streams: false, tls: false, .. }) => Listen::Api,
        Service::Http(Entrance { streams: false, tls: true, .. }) => Listen::HttpsApi,
    };
    let origin = loaded.listens.origin(listen);
    let port = error.address.port();
    match error.source.kind() {
        io::ErrorKind::AddrInUse => format!(
            "Another program, perhaps another flvgate, has port {port}. Stop it, or choose another port: {origin}. (With \
             'reuseport on' in both, two flvgate share a port.)"
        ),
        io::ErrorKind::PermissionDenied if port < 1024 => {
            format!("Ports below 1024 are for root. Choose another port: {origin}.")
        }
        io::ErrorKind::AddrNotAvailable => {
            format!(
                "This machine does not have the address {}. Choose another: {origin}.",
                error.address.ip()
            )
        }
        _ => format!("The address comes from {origin}."),
    }
}

fn announce(server: &Server) {
    for address in server.rtmp_addresses() {
        info!("RTMP on {address}: publish to rtmp://{}/live/livestream", authority(address));
    }
    for address in server.http_addresses() {
        info!("HTTP on {address}: open http://{}/", authority(address));
    }
    for address in server.https_addresses() {
        info!("HTTPS on {address}: open https://{}/", authority(address));
    }
    for address in server.api_addresses() {
        info!("HTTP API on {address}: ask http://{}/api/v1/", authority(address));
    }
    for address in server.https_api_addresses() {
        info!("HTTPS API on {address}: ask https://{}/api/v1/", authority(address));
    }
}

/// The address as a browser on this machine takes it.
fn authority(address: SocketAddr) -> String {
    if address.ip().is_unspecified() { format!("localhost:{}", address.port()) } else { address.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_for_all_interfaces_is_shown_as_localhost() {
        for (address, shown) in [
            ("0.0.0.0:8080", "localhost:8080"),
            ("[::]:80", "localhost:80"),
            ("10.0.0.1:8080", "10.0.0.1:8080"),
            ("[::1]:8080", "[::1]:8080"),
        ] {
            assert_eq!(authority(address.parse().unwrap()), shown);
        }
    }
}
