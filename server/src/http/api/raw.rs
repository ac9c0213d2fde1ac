//! `/api/v1/raw?rpc=`: reload the configuration, and ask how that went.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Uri};
use schemars::JsonSchema;
use serde::Serialize;

use super::cross_site;
use super::envelope::{Code, answer, answer_with, problem};
use super::reload::{CONFIG_INVALID, Reload};
use crate::config::HttpApi;
use crate::http::Delivery;
use crate::http::requested_vhost::query_value;

/// What `raw` answers.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum RawAnswer {
    Raw(Raw),
    Reloaded(Reloaded),
}

/// What `rpc=raw` tells: what the API is allowed to do.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub(super) struct Raw {
    http_api: Api,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RawHttpApi")]
struct Api {
    enabled: bool,
    /// `[ip:]port`, several parted by spaces.
    listen: String,
    crossdomain: bool,
    raw_api: RawApi,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RawPermissions")]
struct RawApi {
    enabled: bool,
    allow_reload: bool,
    /// Always `false`: the configuration cannot be queried.
    allow_query: bool,
    /// Always `false`: the configuration cannot be changed but in its file.
    allow_update: bool,
}

/// What `rpc=reload` and `rpc=reload-fetch` tell.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub(super) struct Reloaded {
    data: ReloadData,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ReloadData {
    /// 0: no error.
    err: u32,
    /// What has changed, or what is wrong.
    msg: String,
    /// 0: there has been no reload; 30: it is being done; 90: it is done, or refused.
    state: u32,
    /// Another one for each reload.
    rid: String,
}

/// `GET /api/v1/raw?rpc=raw|reload|reload-fetch`
pub(super) async fn raw(State(delivery): State<Arc<Delivery>>, uri: Uri, headers: HeaderMap) -> Response {
    let config = delivery.settings.current();
    let api = &config.http_api;
    if !api.raw_api {
        return problem(Code::RAW_DISABLED, "http_api.raw_api is off");
    }
    match query_value(uri.query().unwrap_or_default(), "rpc").as_deref() {
        Some("raw") => answer(RawAnswer::Raw(Raw::of(api))),
        Some("reload") if !api.allow_reload => {
            problem(Code::RAW_DISABLED, "http_api.raw_api.allow_reload is off")
        }
        Some("reload") => {
            if let Err(refused) = cross_site::check(&uri, &headers, &config) {
                return refused.into_response();
            }
            let reload = delivery.reloads.ask().await;
            let code = if reload.error == CONFIG_INVALID { Code::CONFIG_INVALID } else { Code::OK };
            answer_with(code, RawAnswer::Reloaded(reload.into()))
        }
        Some("reload-fetch") => answer(RawAnswer::Reloaded(delivery.reloads.newest().into())),
        Some(_) | None => problem(Code::RAW_UNKNOWN, "rpc is one of raw, reload and reload-fetch"),
    }
}

impl Raw {
    fn of(api: &HttpApi) -> Self {
        let listen: Vec<_> = api.listen.iter().map(ToString::to_string).collect();
        let raw_api = RawApi {
            enabled: api.raw_api,
            allow_reload: api.allow_reload,
            allow_query: false,
            allow_update: false,
        };
        let listen = listen.join(" ");
        Self { http_api: Api { enabled: api.enabled, listen, crossdomain: api.crossdomain, raw_api } }
    }
}

impl From<Reload> for Reloaded {
    fn from(reload: Reload) -> Self {
        let Reload { error, message, state, id } = reload;
        Self { data: ReloadData { err: error, msg: message, state: state as u32, rid: id } }
    }
}
