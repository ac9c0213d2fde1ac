use std::fs;

use tempfile::TempDir;

use super::*;

/// A key and a certificate in PEM.
fn pair() -> (String, String) {
    let made = rcgen::generate_simple_self_signed(vec!["test".to_owned()]).unwrap();
    (made.signing_key.serialize_pem(), made.cert.pem())
}

struct Files {
    _directory: TempDir,
    identity: Identity,
}

fn files(key: &str, cert: &str) -> Files {
    let directory = tempfile::tempdir().unwrap();
    let identity =
        Identity { key: directory.path().join("server.key"), cert: directory.path().join("server.crt") };
    fs::write(&identity.key, key).unwrap();
    fs::write(&identity.cert, cert).unwrap();
    Files { _directory: directory, identity }
}

/// What is said of these files, with their directory cut out.
fn complaint(key: &str, cert: &str) -> String {
    let files = files(key, cert);
    let directory = format!("{}/", files._directory.path().display());
    load(&files.identity).unwrap_err().to_string().replace(&directory, "")
}

#[test]
fn a_key_and_its_chain_are_taken_in_the_files_order() {
    let ((key, cert), (_, other)) = (pair(), pair());
    let files = files(&key, &format!("a comment\n{cert}\n{other}"));
    let loaded = load(&files.identity).unwrap();
    assert_eq!(loaded.cert.len(), 2);
    assert_eq!(loaded.cert[0], CertificateDer::from_pem_slice(cert.as_bytes()).unwrap());
}

#[test]
fn key_and_certificate_may_be_in_one_file() {
    let (key, cert) = pair();
    let both = format!("{cert}{key}");
    load(&files(&both, &both).identity).unwrap();
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let (key, cert) = pair();
    let files = files(&key, &cert);
    fs::remove_file(&files.identity.cert).unwrap();
    let error = load(&files.identity).unwrap_err();
    assert!(matches!(&error, IdentityError::Read { what: "certificate", .. }), "{error}");
    assert!(error.to_string().contains("server.crt: No such file"), "{error}");
}

#[test]
fn a_key_of_another_certificate_names_both_files() {
    let ((key, _), (_, cert)) = (pair(), pair());
    assert_eq!(
        complaint(&key, &cert),
        "the private key server.key does not belong to the certificate server.crt"
    );
}

#[test]
fn a_chain_in_the_wrong_order_is_told_from_a_wrong_key() {
    let ((key, cert), (_, other)) = (pair(), pair());
    let said = complaint(&key, &format!("{other}{cert}"));
    assert!(
        said.ends_with("server.crt: the server's own certificate must come first there, then what signed it")
    );
}

#[test]
fn what_is_no_pem_says_what_was_looked_for() {
    let (key, cert) = pair();
    let missing = complaint("\0\x01binary", &cert);
    assert_eq!(
        missing,
        "server.key has no private key in PEM, which begins with \"-----BEGIN PRIVATE KEY-----\""
    );
    assert!(complaint(&key, "").starts_with("server.crt has no certificate in PEM"));
}

#[test]
fn confused_files_and_encrypted_keys_are_recognised() {
    let (key, cert) = pair();
    for said in [complaint(&cert, &cert), complaint(&key, &key)] {
        assert!(said.ends_with("have 'key' and 'cert' been confused?"), "{said}");
    }
    let encrypted = key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    assert!(complaint(&encrypted, &cert).contains("the key there is encrypted"));
}

#[test]
fn damaged_files_are_refused() {
    let (key, cert) = pair();
    let cut = |text: &str| text[..text.len() / 2].to_owned();
    assert!(complaint(&cut(&key), &cert).starts_with("the private key server.key is damaged"));
    assert!(complaint(&key, &cut(&cert)).starts_with("the certificate server.crt is damaged"));
    let nonsense = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert!(complaint(&key, nonsense).starts_with("the certificate server.crt is damaged"));
    let nonsense = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    assert!(complaint(nonsense, &cert).starts_with("the private key server.key cannot be used"));
}
