//! `flvgate -t`: what the configuration names is there, and fits.

use std::process::ExitCode;

use flvgate::config::{HttpServer, Identity, Loaded};
use flvgate::http::check_identity;

use super::source::Source;
use super::{print_report, terminal};

/// Tells everything about a configuration that can be read, and whether it can be started.
pub(super) fn test(loaded: &Loaded, source: &Source) -> ExitCode {
    print_report(&loaded.report);
    for warning in missing_directories(loaded, source) {
        terminal::say(format_args!("warning: {warning}\n"));
    }
    let errors = unusable_identities(loaded, source);
    for error in &errors {
        terminal::say(format_args!("error: {error}\n"));
    }
    if errors.is_empty() {
        terminal::say(format_args!("{} test is successful", source.name()));
        return ExitCode::SUCCESS;
    }
    let plural = if errors.len() == 1 { "error" } else { "errors" };
    terminal::say(format_args!("{} has {} {plural}; nothing was started", source.name(), errors.len()));
    ExitCode::FAILURE
}

/// The directories that files are to be served from and that are not there. Somebody may make them later.
fn missing_directories(loaded: &Loaded, source: &Source) -> Vec<String> {
    let config = &loaded.config;
    // Most files of SRS leave it at a default that is not there.
    let dir = &config.http_server.dir;
    let is_meant = config.http_server.enabled && *dir != HttpServer::default().dir;
    let server = is_meant.then(|| ("http_server".to_owned(), dir));
    let serving = config.vhosts.iter().filter(|vhost| vhost.enabled && vhost.http_static.enabled);
    let vhosts =
        serving.map(|vhost| (format!("http_static of vhost '{}'", vhost.name), &vhost.http_static.dir));
    let all = server.into_iter().chain(vhosts);
    all.filter(|(_, dir)| !source.in_work_dir(&config.process.work_dir, dir).is_dir())
        .map(|(whose, dir)| format!("the dir of {whose} is no directory: {}", dir.display()))
        .collect()
}

/// Keys and certificates that TLS could not be served with.
fn unusable_identities(loaded: &Loaded, source: &Source) -> Vec<String> {
    let config = &loaded.config;
    let (server, api) = (&config.http_server, &config.http_api);
    let listening = [(server.enabled, &server.https), (api.enabled, &api.https)];
    let listening = listening.into_iter().filter(|(enabled, https)| *enabled && https.enabled);
    let vhosts =
        config.vhosts.iter().filter(|vhost| vhost.enabled).filter_map(|vhost| vhost.identity.as_ref());
    let mut errors: Vec<String> = Vec::new();
    for identity in listening.map(|(_, https)| &https.identity).chain(vhosts) {
        let found = |path| source.in_work_dir(&config.process.work_dir, path);
        let identity = Identity { key: found(&identity.key), cert: found(&identity.cert) };
        if let Err(error) = check_identity(&identity) {
            let error = error.to_string();
            if !errors.contains(&error) {
                errors.push(error);
            }
        }
    }
    errors
}
