//! Keys and certificates, made by `openssl`.

use std::path::{Path, PathBuf};

use flvgate::config::Identity;

use crate::process;

/// Kinds of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum KeyKind {
    Rsa,
    EcdsaP256,
    EcdsaP384,
    Ed25519,
}

impl KeyKind {
    const fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Rsa => &["-newkey", "rsa:2048"],
            Self::EcdsaP256 => &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
            Self::EcdsaP384 => &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
            Self::Ed25519 => &["-newkey", "ed25519"],
        }
    }
}

/// Makes a key (PKCS#8) and a certificate for `name`, `localhost` and 127.0.0.1 that signs itself:
/// `NAME.key` and `NAME.crt` in `directory`.
pub async fn make(directory: &Path, name: &str, kind: KeyKind) -> Identity {
    let key = directory.join(format!("{name}.key"));
    let cert = directory.join(format!("{name}.crt"));
    let subject = format!("/CN={name}");
    let names = format!("subjectAltName=DNS:{name},DNS:localhost,IP:127.0.0.1");
    let (key_text, cert_text) = (key.display().to_string(), cert.display().to_string());
    let mut arguments = vec!["req", "-x509", "-nodes", "-days", "30", "-subj", &subject];
    arguments.extend(["-addext", &names, "-addext", "basicConstraints=critical,CA:FALSE"]);
    arguments.extend(["-keyout", &key_text, "-out", &cert_text]);
    arguments.extend(kind.arguments());
    openssl(&arguments).await;
    Identity { key, cert }
}

/// A key, its certificate, and who signed that: the file to trust.
#[derive(Debug)]
pub struct Chain {
    /// The server's key and its chain: its own certificate, then the intermediate one.
    pub identity: Identity,
    /// The root's certificate, which is not in the chain.
    pub root: PathBuf,
}

/// Makes a certificate for 127.0.0.1 that an intermediate authority signed, which a root signed.
///
/// # Panics
/// When `directory` cannot be written.
pub async fn make_chain(directory: &Path) -> Chain {
    let path = |name: &str| directory.join(name).display().to_string();
    for (name, signer, extensions) in [
        ("root", "root", "basicConstraints=critical,CA:TRUE"),
        ("middle", "root", "basicConstraints=critical,CA:TRUE"),
        ("leaf", "middle", "basicConstraints=critical,CA:FALSE\nsubjectAltName=DNS:localhost,IP:127.0.0.1"),
    ] {
        let (key, request, extension) =
            (path(&format!("{name}.key")), path(&format!("{name}.csr")), path(&format!("{name}.ext")));
        let subject = format!("/CN=flvgate test {name}");
        let request_arguments =
            ["req", "-new", "-nodes", "-subj", &subject, "-keyout", &key, "-out", &request];
        openssl(&[&request_arguments[..], KeyKind::EcdsaP256.arguments()].concat()).await;
        std::fs::write(&extension, extensions).expect("there is room for extensions");
        let (certificate, signer_key, signer_certificate) =
            (path(&format!("{name}.crt")), path(&format!("{signer}.key")), path(&format!("{signer}.crt")));
        let mut arguments = vec!["x509", "-req", "-in", &request, "-out", &certificate, "-days", "30"];
        arguments.extend(["-extfile", &extension]);
        if name == signer {
            arguments.extend(["-signkey", &key]);
        } else {
            arguments.extend(["-CA", &signer_certificate, "-CAkey", &signer_key, "-CAcreateserial"]);
        }
        openssl(&arguments).await;
    }
    let read = |name| std::fs::read_to_string(path(name)).expect("openssl wrote it");
    std::fs::write(path("chain.crt"), read("leaf.crt") + &read("middle.crt")).expect("there is room");
    let identity = Identity { key: path("leaf.key").into(), cert: path("chain.crt").into() };
    Chain { identity, root: path("root.crt").into() }
}

/// Runs `openssl`, and returns what it printed.
///
/// # Panics
/// When it fails.
pub async fn openssl(arguments: &[&str]) -> String {
    let output = process::run("openssl", arguments).await;
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "openssl {arguments:?}: {complaints}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The DER bytes of the first certificate in a PEM file.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn der(path: &Path) -> Vec<u8> {
    use tokio_rustls::rustls::pki_types::CertificateDer;
    use tokio_rustls::rustls::pki_types::pem::PemObject;
    CertificateDer::from_pem_file(path).expect("openssl writes PEM").to_vec()
}
