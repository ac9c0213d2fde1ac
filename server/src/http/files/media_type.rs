//! The media type of a file, where it is another one than the table of types says, or needs a character set.

use http::HeaderValue;

/// The right type of the file at `path`, whose type by the table is `known`.
pub(super) fn media_type(path: &str, known: &HeaderValue) -> HeaderValue {
    let extension = path.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    match extension.as_deref().unwrap_or_default() {
        // The type that RFC 9239 leaves for all scripts.
        "mjs" => HeaderValue::from_static("text/javascript"),
        // MPEG-2 TS (RFC 3555 section 4.2.9) and its playlists (RFC 8216 section 4): what HLS players look for.
        "ts" | "m2ts" => HeaderValue::from_static("video/mp2t"),
        "m3u8" => HeaderValue::from_static("application/vnd.apple.mpegurl"),
        "fhv" | "flv" => HeaderValue::from_static("video/x-flv"),
        "m4s" => HeaderValue::from_static("video/iso.segment"),
        "map" => HeaderValue::from_static("application/json"),
        // Pages, style sheets and XML name their own character set; what cannot must be told, or a browser guesses.
        "html" | "htm" | "css" | "js" | "xml" => known.clone(),
        _ if known.as_bytes().starts_with(b"text/") && !known.as_bytes().contains(&b';') => {
            HeaderValue::from_bytes(&[known.as_bytes(), b"; charset=utf-8"].concat()).unwrap_or(known.clone())
        }
        _ => known.clone(),
    }
}
