//! Whether a request may play what it asks for.

use http::header::{ORIGIN, REFERER};
use http::{HeaderMap, HeaderValue};

use super::client_address::Client;
use super::mount::Mounted;
use crate::access::{self, Denial, Visitor};
use crate::config::Action;
use crate::names::PublicUrl;

/// Decides, and logs a "no" with the rule that says so.
///
/// The page is that of `Referer`; many pages let browsers leave that out, but none can keep them from sending `Origin`
/// to another site.
pub(super) fn admit(mounted: &Mounted, client: &Client, headers: &HeaderMap) -> Result<(), Denial> {
    let text = |name| headers.get(name).map(HeaderValue::to_str)?.ok();
    let page = text(REFERER).filter(|page| !page.is_empty()).or_else(|| text(ORIGIN));
    let visitor = Visitor { address: client.ip, page };
    access::check(&mounted.vhost, Action::Play, visitor).inspect_err(|denial| {
        let page = PublicUrl::of(page.unwrap_or_default());
        tracing::info!(stream = %mounted.key, client = %client.ip, %page, rule = %denial.rule(), "play denied");
    })
}
