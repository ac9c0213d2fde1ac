//! Which answer belongs to which request: the API, then live mounts, then static files.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router};
use http::header::{ALLOW, CONNECTION, CONTENT_LENGTH, RETRY_AFTER, SERVER};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, Version};
use http_body::Body;

use super::client_address::{Client, client_ip};
use super::connection::Connection;
use super::cors::{self, ALLOWED_METHODS};
use super::handover::Handover;
use super::mount::Mounted;
use super::overload::FULL;
use super::refusal::Refusal;
use super::visit::Caller;
use super::{Delivery, Entrance, Site, admission, api, live, request_head, websocket};
use crate::config::{Config, Vhost};

/// What the `Server` header says.
pub(super) const SERVER_NAME: &str = concat!("flvgate/", env!("CARGO_PKG_VERSION"));

/// The service of every connection.
pub(super) fn router(delivery: Arc<Delivery>, entrance: Entrance) -> Router {
    Router::new()
        .merge(api::routes(&delivery, entrance))
        .fallback(deliver)
        .method_not_allowed_fallback(async |Extension(entrance): Extension<Entrance>, uri: Uri| {
            method_not_allowed(methods(&uri, entrance))
        })
        .layer(from_fn_with_state(delivery.clone(), finish))
        .layer(Extension(entrance))
        .with_state(delivery)
}

/// What holds for every request: it has a [`Client`], and a head that is in order; OPTIONS is answered alike for all URLs, and all answers carry the same extra headers.
async fn finish(
    State(delivery): State<Arc<Delivery>>,
    Extension(connection): Extension<Arc<Connection>>,
    Extension(entrance): Extension<Entrance>,
    mut request: Request,
    next: Next,
) -> Response {
    let config = delivery.site().config.clone();
    let crossdomain = is_open(&config, entrance, request.uri());
    let ip = client_ip(&connection, request.headers(), &config);
    request.extensions_mut().insert(Client { connection, ip });
    let version = request.version();
    let mut response = if let Err(bad) = request_head::check(&request) {
        Refusal::from(bad).into_response()
    } else if request.method() == Method::OPTIONS {
        cors::preflight(request.headers(), methods(request.uri(), entrance), crossdomain)
    } else {
        next.run(request).await
    };
    let has_length =
        response.headers().contains_key(CONTENT_LENGTH) || response.body().size_hint().exact().is_some();
    if version == Version::HTTP_10 && !has_length {
        // Only the close tells such a client where the body ends, whatever it asked for. The version keeps hyper from
        // adding a keep-alive for one who asked for that.
        *response.version_mut() = Version::HTTP_10;
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response.headers_mut().insert(SERVER, HeaderValue::from_static(SERVER_NAME));
    if crossdomain {
        cors::open(response.headers_mut());
    }
    response
}

async fn deliver(
    State(delivery): State<Arc<Delivery>>,
    Extension(client): Extension<Client>,
    Extension(entrance): Extension<Entrance>,
    request: Request,
) -> Response {
    if !entrance.streams {
        let hint = "only the API is served here: see /api/v1/";
        return Refusal::new(StatusCode::NOT_FOUND, hint).into_response();
    }
    if client.connection.is_for_api_only() {
        return Refusal::new(StatusCode::SERVICE_UNAVAILABLE, FULL.trim_end())
            .with_header(RETRY_AFTER, "5")
            .into_response();
    }
    let site = delivery.site();
    let mounted = match site.mounts.find(request.uri(), request.headers()) {
        Err(bad) => return Refusal::new(StatusCode::BAD_REQUEST, bad.to_string()).into_response(),
        Ok(None) => return file(&delivery, &site, None, &client, request).await,
        Ok(Some(mounted))
            if !websocket::is_wanted(&request)
                && is_file_only(&delivery, &site, &mounted, request.uri(), request.headers()).await =>
        {
            return file(&delivery, &site, Some(&mounted.vhost), &client, request).await;
        }
        Ok(Some(mounted)) => mounted,
    };
    let wants_websocket = websocket::is_wanted(&request);
    if !wants_websocket && !matches!(*request.method(), Method::GET | Method::HEAD) {
        return method_not_allowed(ALLOWED_METHODS);
    }
    let admitted = admission::admit(&mounted.vhost, &mounted.key, &client, request.headers());
    let caller = Caller::of(&request, client);
    let handover = request.extensions().get::<Handover>().cloned();
    if wants_websocket {
        return websocket::upgrade(&delivery, mounted, caller, admitted.is_ok(), request);
    }
    match (admitted, request.method()) {
        (Err(denial), _) => Refusal::new(StatusCode::FORBIDDEN, denial.to_string()).into_response(),
        (Ok(()), &Method::HEAD) => live::describe(&delivery, &mounted).await,
        (Ok(()), _) => live::respond(&delivery, mounted, caller, request.version(), handover).await,
    }
}

/// A file; a recording only for those who may play the streams of the vhosts that it is of: the one whose stream has this
/// URL, and the one whose directory it is in.
async fn file(
    delivery: &Delivery,
    site: &Site,
    of_stream: Option<&Vhost>,
    client: &Client,
    request: Request,
) -> Response {
    let (uri, headers) = (request.uri(), request.headers());
    if let Some(of_directory) = site.files.guard(uri, headers) {
        for vhost in of_stream.into_iter().chain([&*of_directory]) {
            if let Err(denial) = admission::admit(vhost, &uri.path(), client, headers) {
                return Refusal::new(StatusCode::FORBIDDEN, denial.to_string()).into_response();
            }
        }
    }
    site.files.respond(&delivery.vod, request).await
}

/// Whether a stream's URL is a file's, and not that of a stream that is live: recordings are kept under the names of their
/// streams.
async fn is_file_only(
    delivery: &Delivery,
    site: &Site,
    mounted: &Mounted,
    uri: &Uri,
    headers: &HeaderMap,
) -> bool {
    !delivery.hub.has(&mounted.key) && site.files.has(uri, headers).await
}

/// What can be asked of a URL.
fn methods(uri: &Uri, entrance: Entrance) -> &'static str {
    let of_api = if entrance.api { api::allowed_methods(uri.path()) } else { None };
    of_api.unwrap_or(ALLOWED_METHODS)
}

/// Whether pages of every origin may read the answer about a URL: the API has a key of its own for where it is served.
fn is_open(config: &Config, entrance: Entrance, uri: &Uri) -> bool {
    let of_api = entrance.api && (!entrance.streams || uri.path().starts_with("/api/"));
    if of_api { config.http_api.crossdomain } else { config.http_server.crossdomain }
}

fn method_not_allowed(methods: &'static str) -> Response {
    let message = format!("only {methods} are served here");
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, message).with_header(ALLOW, methods).into_response()
}
