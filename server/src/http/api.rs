//! The JSON API, in SRS's envelope and shapes.
//!
//! At an entrance of the API (`http_api`) everything is served; beside the streams (`http_server`) only what the page
//! needs and anybody may know.

mod about;
mod auth;
mod clients;
mod clusters;
mod codecs;
mod cross_site;
mod endpoint;
mod envelope;
mod ids;
mod machine;
mod memory;
mod openapi;
mod page;
mod rates;
mod raw;
mod reload;
mod streams;
mod summaries;
mod usage;
mod vhosts;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use http::StatusCode;

use super::refusal::Refusal;
use super::{Delivery, Entrance};
use endpoint::ENDPOINTS;

pub(super) use endpoint::allowed_methods;
pub(super) use envelope::name_server;
pub(super) use machine::Machine;
pub use reload::ReloadRequest;
pub(super) use reload::Reloads;

/// The endpoints that an entrance has; for the others, where they are.
pub(super) fn routes(delivery: &Arc<Delivery>, entrance: Entrance) -> Router<Arc<Delivery>> {
    let mut router = Router::new();
    let mut elsewhere = Vec::new();
    for endpoint in &ENDPOINTS {
        // The page is there, where streams are.
        if endpoint.path == "/" && entrance.streams {
            continue;
        }
        let mut paths = vec![endpoint.path.to_owned()];
        match endpoint.path.strip_suffix('/') {
            Some("") => {}
            Some(bare) => paths.push(bare.to_owned()),
            None => paths.push(format!("{}/", endpoint.path)),
        }
        for path in paths {
            if entrance.api || endpoint.beside_streams {
                router = router.route(&path, (endpoint.route)());
            } else if !elsewhere.contains(&path) {
                router = router.route(&path, any(served_elsewhere));
                elsewhere.push(path);
            }
        }
    }
    router.route_layer(from_fn_with_state(delivery.clone(), auth::require))
}

async fn served_elsewhere() -> Response {
    let hint = "this is served where http_api listens, not beside the streams";
    Refusal::new(StatusCode::NOT_FOUND, hint).into_response()
}
