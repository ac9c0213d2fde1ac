//! What of a certificate the server itself needs: whose key it is for.
//!
//! Clients verify it, the server does not. So nothing is refused here that some client takes, such as X.509 version 1,
//! which `openssl x509 -req` writes where nobody asks for extensions.

use rustls::pki_types::CertificateDer;

/// Tags of ASN.1 (ITU-T X.690 section 8): an INTEGER, a SEQUENCE, and what is `[0] EXPLICIT`.
const INTEGER: u8 = 0x02;
const SEQUENCE: u8 = 0x30;
const EXPLICIT_0: u8 = 0xa0;

/// The `SubjectPublicKeyInfo` in DER, with tag and length (RFC 5280 section 4.1); `None` for what is no certificate.
pub(super) fn public_key<'a>(certificate: &'a CertificateDer<'_>) -> Option<&'a [u8]> {
    let (whole, rest) = element(certificate, SEQUENCE)?;
    if !rest.is_empty() {
        return None;
    }
    let (to_be_signed, signature) = element(whole.content, SEQUENCE)?;
    element(signature, SEQUENCE)?; // signatureAlgorithm
    let rest = to_be_signed.content;
    // Version 1 is the default, and then left out.
    let rest = element(rest, EXPLICIT_0).map_or(rest, |(_, rest)| rest);
    let (_, mut rest) = element(rest, INTEGER)?; // serialNumber
    for _ in ["signature", "issuer", "validity", "subject"] {
        (_, rest) = element(rest, SEQUENCE)?;
    }
    Some(element(rest, SEQUENCE)?.0.whole)
}

/// One element of DER.
struct Element<'a> {
    /// With its tag and length.
    whole: &'a [u8],
    content: &'a [u8],
}

/// The element with `tag` that `bytes` begin with, and what is behind it.
fn element(bytes: &[u8], tag: u8) -> Option<(Element<'_>, &[u8])> {
    let &[found, length, ref rest @ ..] = bytes else { return None };
    let (head, length) = match length {
        0..=0x7f => (2, usize::from(length)),
        // The length's own length: no certificate has four bytes of it.
        0x81..=0x83 => {
            let count = usize::from(length & 0x7f);
            let length = rest.get(..count)?.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
            (2 + count, length)
        }
        _ => return None,
    };
    let (whole, behind) = bytes.split_at_checked(head + length).filter(|_| found == tag)?;
    Some((Element { whole, content: &whole[head..] }, behind))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rustls::server::ParsedCertificate;

    use super::*;

    fn certificate() -> CertificateDer<'static> {
        rcgen::generate_simple_self_signed(vec!["test".to_owned()]).unwrap().cert.der().clone()
    }

    #[test]
    fn the_key_is_where_a_verifier_finds_it() {
        let certificate = certificate();
        let parsed = ParsedCertificate::try_from(&certificate).unwrap();
        assert_eq!(public_key(&certificate), Some(parsed.subject_public_key_info().as_ref()));
        for end in 0..certificate.len() {
            assert_eq!(public_key(&CertificateDer::from(&certificate[..end])), None, "{end}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60), at in any::<usize>(), byte: u8) {
            let _ = public_key(&CertificateDer::from(bytes));
            let mut changed = certificate().to_vec();
            let at = at % changed.len();
            changed[at] = byte;
            let _ = public_key(&CertificateDer::from(changed));
        }
    }
}
