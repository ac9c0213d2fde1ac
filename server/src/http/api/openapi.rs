//! `/api/v1/openapi.json`: the API's own description (OpenAPI 3.1), from the table of endpoints and from the types that
//! they answer with.

use std::sync::{Arc, LazyLock};

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::endpoint::{ENDPOINTS, Endpoint, Query, QueryKind, Verb};
use super::envelope::{Envelope, NOT_STORED, Problem};
use crate::http::Delivery;

/// Any OpenAPI document.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Document {
    openapi: String,
    info: Value,
    paths: Value,
    components: Value,
    security: Value,
}

/// The same in the whole life of the server.
static DOCUMENT: LazyLock<Value> = LazyLock::new(describe);

/// `GET /api/v1/openapi.json`
pub(super) async fn document(State(_): State<Arc<Delivery>>) -> Response {
    (NOT_STORED, Json(&*DOCUMENT)).into_response()
}

fn describe() -> Value {
    // What OpenAPI 3.1 has for schemas is JSON Schema 2020-12 itself (OpenAPI 3.1 section 4.8.24).
    let mut settings = SchemaSettings::draft2020_12().for_serialize();
    settings.definitions_path = "/components/schemas".into();
    let mut schemas = settings.into_generator();
    let mut paths = Map::new();
    for endpoint in &ENDPOINTS {
        let operations = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        let verb = match endpoint.verb {
            Verb::Get => "get",
            Verb::Delete => "delete",
        };
        operations[verb] = operation(endpoint, &mut schemas);
    }
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": "flvgate",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "What is live, who is connected, and how the server does; in SRS's shapes.",
            "license": { "name": "MIT", "identifier": "MIT" },
        },
        "paths": paths,
        "components": {
            "schemas": schemas.take_definitions(true),
            "securitySchemes": { "basic": { "type": "http", "scheme": "basic" } },
        },
        // Nothing, or a user name and a password: as `http_api { auth }` says.
        "security": [{}, { "basic": [] }],
    })
}

fn operation(endpoint: &Endpoint, schemas: &mut SchemaGenerator) -> Value {
    let mut answers = vec![(endpoint.answer)(schemas).to_value()];
    let mut meanings = vec!["code 0: no error".to_owned()];
    for code in endpoint.problems {
        meanings.push(format!("code {}: {}", code.0, code.meaning()));
    }
    if !endpoint.problems.is_empty() {
        answers.push(schemas.subschema_for::<Envelope<Problem>>().to_value());
    }
    let schema = if answers.len() == 1 { answers.remove(0) } else { json!({ "anyOf": answers }) };
    let mut parameters: Vec<_> = endpoint.query.iter().map(parameter).collect();
    if endpoint.path.contains("{id}") {
        parameters.push(json!({
            "name": "id", "in": "path", "required": true, "schema": { "type": "string" },
            "description": "An id from the list; it means nothing after a restart of the server.",
        }));
    }
    json!({
        "summary": endpoint.summary,
        "parameters": parameters,
        "responses": {
            "200": {
                "description": meanings.join("; "),
                "content": { "application/json": { "schema": schema } },
            },
            "401": { "description": "http_api.auth asks for a user name and a password." },
        },
    })
}

fn parameter(query: &Query) -> Value {
    let schema = match query.kind {
        QueryKind::Number => json!({ "type": "integer", "minimum": 0 }),
        QueryKind::Text => json!({ "type": "string" }),
        QueryKind::OneOf(values) => json!({ "type": "string", "enum": values }),
    };
    json!({ "name": query.name, "in": "query", "description": query.meaning, "schema": schema })
}
