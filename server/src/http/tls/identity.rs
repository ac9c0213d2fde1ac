//! A key and its certificates, from files.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SigningKey};

use super::certificate;
use crate::config::Identity;

/// Why a key and its certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// A file that cannot be read.
    #[error("cannot read the {what} {}: {source}", path.display())]
    Read {
        /// `private key` or `certificate`.
        what: &'static str,
        /// The file as configured.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file without what it should have.
    #[error("{} has no {what} in PEM, which begins with \"{begin}\"{hint}", path.display())]
    Missing {
        /// `private key` or `certificate`.
        what: &'static str,
        /// The file as configured.
        path: PathBuf,
        /// The line that was looked for.
        begin: &'static str,
        /// What the file seems to be instead.
        hint: &'static str,
    },
    /// PEM that is damaged.
    #[error("the {what} {} is damaged: {reason}", path.display())]
    Damaged {
        /// `private key` or `certificate`.
        what: &'static str,
        /// The file as configured.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A key of a kind that is not supported.
    #[error(
        "the private key {} cannot be used: RSA of 2048 to 8192 bits, ECDSA P-256 or P-384, and Ed25519 are supported \
         ({reason}); make another: openssl req -x509 -newkey rsa:2048 -nodes -days 365 -subj /CN=HOST -keyout KEY -out CERT",
        path.display()
    )]
    UnsupportedKey {
        /// The file as configured.
        path: PathBuf,
        /// What was said of it.
        reason: String,
    },
    /// A key and a certificate that are not of one pair.
    #[error("the private key {} does not belong to the certificate {}{hint}", key.display(), cert.display())]
    Mismatch {
        /// The key's file as configured.
        key: PathBuf,
        /// The certificate's file as configured.
        cert: PathBuf,
        /// What to do about it, when that can be told.
        hint: &'static str,
    },
    /// TLS itself cannot be set up.
    #[error("cannot set up TLS: {0}")]
    Tls(rustls::Error),
}

const KEY: &str = "private key";
const CERTIFICATE: &str = "certificate";

/// Reads and checks both files.
pub(super) fn load(identity: &Identity) -> Result<Arc<CertifiedKey>, IdentityError> {
    let key = load_key(&identity.key)?;
    let chain = load_chain(&identity.cert)?;
    check_pair(identity, &key, &chain)?;
    Ok(Arc::new(CertifiedKey::new(chain, key)))
}

fn load_key(path: &Path) -> Result<Arc<dyn SigningKey>, IdentityError> {
    let pem = read(KEY, path)?;
    let key = match PrivateKeyDer::pem_slice_iter(&pem).next() {
        Some(Ok(key)) => key,
        Some(Err(error)) => return Err(damaged(KEY, path, &error)),
        None => {
            let hint = if contains(&pem, "ENCRYPTED PRIVATE KEY") {
                "; the key there is encrypted, write it without a passphrase: openssl pkey -in FILE -out NEW"
            } else if contains(&pem, "BEGIN CERTIFICATE") {
                "; there is a certificate: have 'key' and 'cert' been confused?"
            } else {
                ""
            };
            let path = path.to_owned();
            return Err(IdentityError::Missing {
                what: KEY,
                path,
                begin: "-----BEGIN PRIVATE KEY-----",
                hint,
            });
        }
    };
    any_supported_type(&key)
        .map_err(|error| IdentityError::UnsupportedKey { path: path.to_owned(), reason: error.to_string() })
}

fn load_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, IdentityError> {
    let pem = read(CERTIFICATE, path)?;
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<_, _>>()
        .map_err(|error| damaged(CERTIFICATE, path, &error))?;
    if chain.is_empty() {
        let hint = if contains(&pem, "PRIVATE KEY") {
            "; there is a key: have 'key' and 'cert' been confused?"
        } else {
            ""
        };
        let path = path.to_owned();
        let begin = "-----BEGIN CERTIFICATE-----";
        return Err(IdentityError::Missing { what: CERTIFICATE, path, begin, hint });
    }
    Ok(chain)
}

fn check_pair(
    identity: &Identity,
    key: &Arc<dyn SigningKey>,
    chain: &[CertificateDer<'static>],
) -> Result<(), IdentityError> {
    // A kind of key that cannot tell is believed.
    let Some(wanted) = key.public_key() else { return Ok(()) };
    let matches = |certificate| certificate::public_key(certificate) == Some(wanted.as_ref());
    // There is a first one: `load_chain` saw to that.
    let Some(own) = chain.first() else { return Ok(()) };
    if matches(own) {
        return Ok(());
    }
    if certificate::public_key(own).is_none() {
        return Err(damaged(CERTIFICATE, &identity.cert, &"what is in it is no X.509 certificate"));
    }
    let hint = if chain.iter().skip(1).any(matches) {
        ": the server's own certificate must come first there, then what signed it"
    } else {
        ""
    };
    Err(IdentityError::Mismatch { key: identity.key.clone(), cert: identity.cert.clone(), hint })
}

fn read(what: &'static str, path: &Path) -> Result<Vec<u8>, IdentityError> {
    fs::read(path).map_err(|source| IdentityError::Read { what, path: path.to_owned(), source })
}

fn damaged(what: &'static str, path: &Path, reason: &dyn ToString) -> IdentityError {
    IdentityError::Damaged { what, path: path.to_owned(), reason: reason.to_string() }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[cfg(test)]
mod tests;
