//! The JSON API.

mod auth;
mod cross_site;
mod description;
mod entrances;
mod lists;
mod reload;
mod shapes;

use serde_json::Value;

use crate::client::ask;
use crate::site::{Settings, Site};

/// A site with the streams and the whole API at one address.
async fn whole(adjust: impl FnOnce(&mut Settings)) -> Site {
    Site::start(|settings| {
        settings.entrance.api = true;
        adjust(settings);
    })
    .await
}

/// The answer to `GET TARGET`, which must be one.
async fn get(site: &Site, target: &str) -> Value {
    let answer = ask(site.address, &format!("GET {target}"), "").await;
    assert_eq!(answer.head.status, 200, "{target}: {}", answer.body);
    assert_eq!(answer.head.get("content-type"), Some("application/json"), "{target}");
    assert_eq!(answer.head.get("cache-control"), Some("no-store"), "{target}");
    serde_json::from_str(&answer.body).unwrap()
}
