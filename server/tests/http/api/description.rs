//! The API's description of itself, against what it really answers.

use flvgate::hub::clients::{ClientInfo, Encoder, Kick, Role};
use futures_util::StreamExt;
use serde_json::{Map, Value, json};

use super::{get, whole};
use crate::client::{Client, ask};
use crate::site::{PATIENCE, Site};

/// The description, with every schema closed: what it does not name must not be there.
struct Description(Value);

impl Description {
    async fn of(site: &Site) -> Self {
        let mut document = get(site, "/api/v1/openapi.json").await;
        for schema in document["components"]["schemas"].as_object_mut().unwrap().values_mut() {
            close(schema);
        }
        Self(document)
    }

    fn operations(&self) -> impl Iterator<Item = (&String, &String, &Value)> {
        let paths = self.0["paths"].as_object().unwrap();
        paths.iter().flat_map(|(path, verbs)| {
            verbs.as_object().unwrap().iter().map(move |(verb, operation)| (path, verb, operation))
        })
    }

    /// What is wrong with an answer of an operation, if something is.
    fn complaints(&self, operation: &Value, answer: &Value) -> Vec<String> {
        let mut schema = operation["responses"]["200"]["content"]["application/json"]["schema"].clone();
        assert!(schema.is_object(), "{operation}");
        schema["components"] = self.0["components"].clone();
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        validator.iter_errors(answer).map(|error| format!("{}: {error}", error.instance_path())).collect()
    }
}

/// Lets an object have no more than the properties that its schema names, here and further in.
fn close(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else { return };
    if object.contains_key("properties") && !object.contains_key("additionalProperties") {
        // It looks through alternatives and references, too.
        object.insert("unevaluatedProperties".into(), false.into());
    }
    for part in
        object.get_mut("properties").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut)
    {
        close(part);
    }
    if let Some(items) = object.get_mut("items") {
        close(items);
    }
}

/// Asks everything that can be asked, and compares.
async fn compare(site: &Site) {
    let description = Description::of(site).await;
    let first_id = async |lists: &str| {
        let list = get(site, &format!("/api/v1/{lists}?count=100")).await;
        list[lists].as_array()?.first()?["id"].as_str().map(str::to_owned)
    };
    let mut compared = 0;
    for (path, verb, operation) in description.operations() {
        // The page is there, where the streams are.
        if path == "/" {
            continue;
        }
        let mut targets = vec![path.replace("{id}", "none")];
        if let Some((list, _)) = path.strip_prefix("/api/v1/").unwrap_or_default().split_once("/{id}")
            && let Some(id) = first_id(list).await
        {
            targets.push(path.replace("{id}", &id));
        }
        for rpc in ["raw", "reload", "reload-fetch"] {
            if path.ends_with("/raw") {
                targets.push(format!("{path}?rpc={rpc}"));
            }
        }
        for target in targets {
            let request = format!("{} {target}", verb.to_uppercase());
            let answer = ask(site.address, &request, "").await;
            assert_eq!(answer.head.status, 200, "{request}");
            let value = serde_json::from_str(&answer.body).unwrap();
            let complaints = description.complaints(operation, &value);
            assert!(complaints.is_empty(), "{request}: {complaints:#?}\n{value:#}");
            compared += 1;
        }
    }
    assert!(compared >= 20, "{compared}");
}

fn reloadable(settings: &mut crate::site::Settings) {
    settings.config.http_api.raw_api = true;
    settings.config.http_api.allow_reload = true;
    settings.vhost.publish.grace_timeout = PATIENCE;
}

#[tokio::test]
async fn answers_fit_without_a_stream() {
    let site = whole(|_| {}).await;
    compare(&site).await;
}

#[tokio::test]
async fn answers_fit_with_viewers_of_a_live_stream_and_in_its_grace_period() {
    let site = whole(reloadable).await;
    let mut reloads = site.http.take_reload_requests().unwrap();
    let reloading = tokio::spawn(async move {
        while let Some(request) = reloads.recv().await {
            drop(request.reply.send(Err("nothing to reload".into())));
        }
    });
    let publisher = site.publish("cam").await;
    let silent = site.publish_silent("silent").await;
    let clients = site.hub.clients();
    let info = ClientInfo {
        key: site.key("cam").into(),
        role: Role::Publisher(Encoder::Fmle),
        ip: [0, 0, 0, 0, 0, 0, 0, 1].into(),
        page_url: "".into(),
        swf_url: "".into(),
        tc_url: "".into(),
    };
    // First in the list, so that it is the one who is kicked.
    let registration = clients.register(clients.new_id(), info, Kick::default());
    let mut http = Client::connect(site.address).await;
    http.request("GET /live/cam.flv", "").await;
    http.head().await;
    let url = format!("ws://{}/live/cam.flv", site.address);
    let (mut websocket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    websocket.next().await.unwrap().unwrap();
    assert_eq!(clients.list().len(), 3);
    compare(&site).await;
    assert!(registration.is_kicked());
    drop((registration, publisher, silent));
    compare(&site).await;
    reloading.abort();
}

#[tokio::test]
async fn every_path_of_the_index_is_described_and_served() {
    let site = whole(|settings| settings.entrance.streams = false).await;
    let description = Description::of(&site).await;
    for (name, _) in get(&site, "/api/v1/").await["urls"].as_object().unwrap() {
        let path = format!("/api/v1/{name}");
        assert!(description.0["paths"][&path]["get"].is_object(), "{path}");
    }
    for (path, verb, operation) in description.operations() {
        assert!(operation["summary"].as_str().is_some_and(|summary| summary.ends_with('.')), "{path}");
        let request = format!("{} {}", verb.to_uppercase(), path.replace("{id}", "x"));
        assert_eq!(ask(site.address, &request, "").await.head.status, 200, "{request}");
        let id =
            operation["parameters"].as_array().unwrap().iter().any(|parameter| parameter["in"] == "path");
        assert_eq!(id, path.contains("{id}"), "{path}");
    }
}

#[tokio::test]
async fn an_answer_that_does_not_fit_is_noticed() {
    let site = whole(|_| {}).await;
    let description = Description::of(&site).await;
    let operation = &description.0["paths"]["/api/v1/clusters"]["get"];
    let good = get(&site, "/api/v1/clusters").await;
    assert_eq!(description.complaints(operation, &good), [""; 0]);
    for (pointer, key, value) in [
        ("", "more", json!(1)),
        ("/data", "more", json!(1)),
        ("/data/query", "more", json!(1)),
        ("", "pid", json!(1)),
    ] {
        let mut bad = good.clone();
        bad.pointer_mut(pointer).unwrap()[key] = value;
        assert!(!description.complaints(operation, &bad).is_empty(), "{pointer} {key}");
    }
    let mut missing = good;
    missing.as_object_mut().unwrap().remove("data");
    assert!(!description.complaints(operation, &missing).is_empty());
}
