//! Whether a request may play what it asks for.

use std::fmt;

use http::header::{ORIGIN, REFERER};
use http::{HeaderMap, HeaderValue};

use super::client_address::Client;
use crate::access::{self, Denial, Visitor};
use crate::config::{Action, Vhost};
use crate::names::PublicUrl;

/// Decides about `what` of `vhost`, and logs a "no" with the rule that says so.
///
/// The page is that of `Referer`; many pages let browsers leave that out, but none can keep them from sending `Origin`
/// to another site.
pub(super) fn admit(
    vhost: &Vhost,
    what: &dyn fmt::Display,
    client: &Client,
    headers: &HeaderMap,
) -> Result<(), Denial> {
    let text = |name| headers.get(name).map(HeaderValue::to_str)?.ok();
    let page = text(REFERER).filter(|page| !page.is_empty()).or_else(|| text(ORIGIN));
    let visitor = Visitor { address: client.ip, page };
    access::check(vhost, Action::Play, visitor).inspect_err(|denial| {
        let page = PublicUrl::of(page.unwrap_or_default());
        tracing::info!(stream = %what, client = %client.ip, %page, rule = %denial.rule(), "play denied");
    })
}
