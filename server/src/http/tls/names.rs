//! Which certificate belongs to which server name (RFC 6066 section 3).

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::names::host_name;

/// Certificates by server name.
#[derive(Debug, Default)]
pub(super) struct Names {
    default: Option<Arc<CertifiedKey>>,
    named: HashMap<String, Arc<CertifiedKey>>,
}

impl Names {
    /// `named` by name in whatever case; who names none of them gets `default`.
    pub(super) fn new(
        default: Option<Arc<CertifiedKey>>,
        named: impl Iterator<Item = (String, Arc<CertifiedKey>)>,
    ) -> Self {
        Self { default, named: named.map(|(name, key)| (host_name(&name), key)).collect() }
    }

    /// The certificate for a client that asks for `name`; `None` when it names nothing, as one does that has an address.
    fn find(&self, name: Option<&str>) -> Option<Arc<CertifiedKey>> {
        let named = name.and_then(|name| self.named.get(&host_name(name)));
        named.or(self.default.as_ref()).cloned()
    }
}

/// What rustls asks; its answers are replaced as a whole.
#[derive(Debug, Default)]
pub(super) struct Resolver(RwLock<Arc<Names>>);

impl Resolver {
    pub(super) fn replace(&self, names: Names) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(names);
    }
}

impl ResolvesServerCert for Resolver {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).find(hello.server_name())
    }
}
