//! Who may use the API: HTTP's Basic scheme (RFC 7617).

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::config::Credentials;
use crate::http::Delivery;
use crate::http::refusal::Refusal;

const CHALLENGE: &str = r#"Basic realm="flvgate", charset="UTF-8""#;

/// Lets a request through when it may use the API.
pub(super) async fn require(State(delivery): State<Arc<Delivery>>, request: Request, next: Next) -> Response {
    let config = delivery.settings.current();
    let Some(credentials) = &config.http_api.auth else { return next.run(request).await };
    if request.headers().get(AUTHORIZATION).is_some_and(|given| grants(given, credentials)) {
        return next.run(request).await;
    }
    Refusal::new(StatusCode::UNAUTHORIZED, "the API asks for the user name and password of http_api.auth")
        .with_header(WWW_AUTHENTICATE, CHALLENGE)
        .into_response()
}

/// Whether the header has the user name and the password. How long that takes tells nothing about either.
fn grants(given: &HeaderValue, credentials: &Credentials) -> bool {
    let Some((scheme, token)) = given.to_str().ok().and_then(|given| given.split_once(' ')) else {
        return false;
    };
    let Credentials { username, password } = credentials;
    let expected = BASE64_STANDARD.encode(format!("{username}:{password}"));
    // Digests are of one length, whatever they are of.
    let same = Sha256::digest(token.trim()).ct_eq(&Sha256::digest(expected));
    scheme.eq_ignore_ascii_case("basic") && same.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted(header: &str) -> bool {
        let credentials = Credentials { username: "Aladdin".into(), password: "open:sesame é".into() };
        grants(&header.parse().unwrap(), &credentials)
    }

    fn token(text: &str) -> String {
        BASE64_STANDARD.encode(text)
    }

    #[test]
    fn the_user_with_the_password_is_let_in_also_with_a_colon_in_it() {
        assert!(granted(&format!("Basic {}", token("Aladdin:open:sesame é"))));
        assert!(granted(&format!("bASIC  {}", token("Aladdin:open:sesame é"))));
    }

    #[test]
    fn nobody_else_is() {
        for text in ["Aladdin:open", "Aladdin:", "aladdin:open:sesame é", "Aladdin:open:sesame é ", "", ":"]
        {
            assert!(!granted(&format!("Basic {}", token(text))), "{text}");
        }
        let right = token("Aladdin:open:sesame é");
        for header in ["", "Basic", "Basic ", &right, &format!("Bearer {right}"), &format!("Basic {right}=")]
        {
            assert!(!granted(header), "{header}");
        }
    }
}
