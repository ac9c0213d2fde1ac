//! Reloads over the API.

use serde_json::json;

use super::{get, whole};
use crate::site::Site;

async fn reloading(allow_reload: bool) -> Site {
    whole(|settings| {
        settings.config.http_api.raw_api = true;
        settings.config.http_api.allow_reload = allow_reload;
    })
    .await
}

#[tokio::test]
async fn a_reload_is_answered_when_it_is_done() {
    let site = reloading(true).await;
    let mut requests = site.http.take_reload_requests().unwrap();
    let none = json!({ "err": 0, "msg": "", "state": 0, "rid": "" });
    assert_eq!(get(&site, "/api/v1/raw?rpc=reload-fetch").await["data"], none);

    let mut reload = async |outcome: Result<String, String>| {
        let answering = async {
            let request = requests.recv().await.unwrap();
            let meanwhile = get(&site, "/api/v1/raw?rpc=reload-fetch").await;
            request.reply.send(outcome).unwrap();
            meanwhile
        };
        tokio::join!(get(&site, "/api/v1/raw?rpc=reload"), answering)
    };
    let (answer, meanwhile) = reload(Ok("vhost a.example added".into())).await;
    assert_eq!((&meanwhile["code"], &meanwhile["data"]["state"]), (&json!(0), &json!(30)));
    assert_eq!((&answer["code"], &answer["data"]["err"]), (&json!(0), &json!(0)));
    assert_eq!(
        (&answer["data"]["msg"], &answer["data"]["state"]),
        (&json!("vhost a.example added"), &json!(90))
    );
    let fetched = get(&site, "/api/v1/raw?rpc=reload-fetch").await;
    assert_eq!(fetched["data"], answer["data"]);

    let (refused, _) = reload(Err("line 3: unexpected }".into())).await;
    assert_eq!((&refused["code"], &refused["data"]["err"]), (&json!(1023), &json!(1023)));
    assert_eq!(refused["data"]["msg"], "line 3: unexpected }");
    assert_ne!(refused["data"]["rid"], fetched["data"]["rid"]);
    let fetched = get(&site, "/api/v1/raw?rpc=reload-fetch").await;
    assert_eq!((&fetched["code"], &fetched["data"]), (&json!(0), &refused["data"]));
}

#[tokio::test]
async fn what_is_not_allowed_is_refused_with_srss_codes() {
    let off = whole(|_| {}).await;
    for rpc in ["raw", "reload", "reload-fetch", "query", ""] {
        assert_eq!(get(&off, &format!("/api/v1/raw?rpc={rpc}")).await["code"], 1061, "{rpc}");
    }
    let no_reload = reloading(false).await;
    assert_eq!(get(&no_reload, "/api/v1/raw?rpc=reload").await["code"], 1061);
    assert_eq!(get(&no_reload, "/api/v1/raw?rpc=query").await["code"], 1060);
    assert_eq!(get(&no_reload, "/api/v1/raw").await["code"], 1060);
    let raw = get(&no_reload, "/api/v1/raw?rpc=raw").await;
    let permissions =
        json!({ "enabled": true, "allow_reload": false, "allow_query": false, "allow_update": false });
    assert_eq!(raw["http_api"]["raw_api"], permissions);
    assert_eq!((&raw["code"], &raw["http_api"]["crossdomain"]), (&json!(0), &json!(true)));
    assert_eq!(raw["http_api"]["listen"], "0.0.0.0:1985");
}
