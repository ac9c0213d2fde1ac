//! A "no" that a person can read.

use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderName, HeaderValue, StatusCode};

/// An error response whose body is one line of text.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    message: Cow<'static, str>,
    header: Option<(HeaderName, HeaderValue)>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, message: message.into(), header: None }
    }

    /// Adds the header that the status asks for.
    pub(super) fn with_header(mut self, name: HeaderName, value: &'static str) -> Self {
        self.header = Some((name, HeaderValue::from_static(value)));
        self
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let headers = [
            (CONTENT_TYPE, "text/plain; charset=utf-8"),
            (CACHE_CONTROL, "no-store"),
            // The message may repeat a name from the URL: it must never be taken for a page.
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ];
        let mut response = (self.status, headers, format!("{}\n", visible(&self.message))).into_response();
        response.headers_mut().extend(self.header);
        response
    }
}

/// `message` with its control characters escaped: it may repeat a name, and be shown in a terminal.
fn visible(message: &str) -> Cow<'_, str> {
    if !message.contains(char::is_control) {
        return message.into();
    }
    let mut visible = String::with_capacity(message.len());
    for char in message.chars() {
        if char.is_control() {
            visible.extend(char.escape_default());
        } else {
            visible.push(char);
        }
    }
    visible.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_has_no_commands_for_a_terminal() {
        assert_eq!(visible("no stream \"a\u{1b}[2J\u{9b}\n\""), "no stream \"a\\u{1b}[2J\\u{9b}\\n\"");
        assert_eq!(visible("no stream \"频道\""), "no stream \"频道\"");
    }
}
