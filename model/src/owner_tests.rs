//! Published vectors inline, the whole reference table when it is there, and every refusal.

use std::path::PathBuf;

use serde_json::Value;

use super::*;

fn vectors() -> Option<Value> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/contracts");
    let folder = std::env::var_os("CONTRACTS_DIR").map_or(beside, PathBuf::from);
    let text = std::fs::read_to_string(folder.join("wallet/vectors.json")).ok()?;
    Some(serde_json::from_str(&text).unwrap())
}

fn rows<'a>(table: &'a Value, pointer: &str) -> &'a [Value] {
    let rows = table.pointer(pointer).and_then(Value::as_array).expect("the table has these rows");
    assert!(!rows.is_empty());
    rows
}

fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap_or_else(|| panic!("{name} in {row}"))
}

fn key(hex_text: &str) -> Option<SigningKey> {
    signing_key(&hex::decode(hex_text.trim_start_matches("0x")).unwrap())
}

/// The first account of the mnemonic that every development chain uses.
const DEVELOPMENT_KEY: &str = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
const DEVELOPMENT_ADDRESS: &str = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";

/// From the tests of eth-account: "Some data" signed by the key of 0x2c75….
const SOME_SIGNER: &str = "0x2c7536E3605D9C16a7a3D7b1898e529396a65c23";
const SOME_SIGNATURE: &str = "0xb91467e570a6466aa9e9876cbcd013baba02900b8979d43fe208a4a4f339f5fd6007e74cd82e037b800186422fc2da167c747ef045e5d18a5f5d4300f8e1a0291c";

fn refused(message: &str, signature: &str) -> SignatureError {
    verify(message, signature, &SOME_SIGNER.parse().unwrap()).expect_err(signature)
}

#[test]
fn the_second_form_of_a_signature_is_refused_although_it_recovers_to_the_same_account() {
    let high = "0xb91467e570a6466aa9e9876cbcd013baba02900b8979d43fe208a4a4f339f5fd9ff818b327d1fc847ffe79bdd03d25e83e3a5df66962ceb160751b8bd754a1181b";
    assert_eq!(refused("Some data", high), SignatureError::Numbers);
}

#[test]
fn a_signature_of_another_form_is_refused_as_invalid() {
    for form in [
        "",
        "0x",
        "0x1b",
        SOME_SIGNATURE.trim_start_matches("0x"),
        &SOME_SIGNATURE[..SOME_SIGNATURE.len() - 2],
        &format!("{SOME_SIGNATURE}00"),
        &SOME_SIGNATURE.replace("291c", "291d"),
        &SOME_SIGNATURE.replace("b914", "b9zz"),
        &format!("{SOME_SIGNATURE}é"),
    ] {
        let error = refused("Some data", form);
        assert_eq!((error, error.code()), (SignatureError::Form, "signature_invalid"), "{form}");
    }
    let zero = format!("0x{}1b", "00".repeat(64));
    assert_eq!(refused("Some data", &zero), SignatureError::Numbers);
}

#[test]
fn a_signature_over_another_text_is_of_another_account() {
    assert_eq!(refused("Some data!", SOME_SIGNATURE), SignatureError::Signer);
}

#[test]
fn a_contracts_signature_has_a_code_of_its_own() {
    let undeployed = format!("0x{}{}", "ab".repeat(200), "6492".repeat(16));
    // SignatureWrapper { ownerIndex, signatureData } as a smart wallet encodes it.
    let wrapped = format!(
        "0x{:064x}{:064x}{:064x}{:064x}{}{}",
        0x20,
        0,
        0x40,
        65,
        &SOME_SIGNATURE[2..],
        "00".repeat(31)
    );
    for signature in [undeployed, wrapped] {
        assert_eq!(refused("Some data", &signature).code(), "unsupported_signature");
    }
}

#[test]
fn a_signature_is_taken_with_either_spelling_of_v() {
    let signer: Address = SOME_SIGNER.parse().unwrap();
    verify("Some data", SOME_SIGNATURE, &signer).unwrap();
    verify("Some data", &SOME_SIGNATURE.replace("291c", "2901"), &signer).unwrap();
}

#[test]
fn an_address_with_a_wrong_checksum_is_refused_and_one_without_is_taken() {
    assert_eq!("0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed".parse::<Address>(), Err(AddressError::Checksum));
    for form in
        ["", "0x", "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe"]
    {
        assert_eq!(form.parse::<Address>(), Err(AddressError::Form), "{form}");
    }
    let address: Address = "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed".parse().unwrap();
    assert_eq!(address.to_string(), "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed");
    assert_eq!("0x5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED".parse(), Ok(address));
}

#[test]
fn a_well_known_key_has_its_well_known_address_and_inboxes() {
    let address = Address::of(key(DEVELOPMENT_KEY).unwrap().verifying_key());
    assert_eq!(address.to_string(), DEVELOPMENT_ADDRESS);
    let usual = "f2dc4b90b67487658e6fc1d4759c148fac797ea24fadee18c9d511787e04ea1a";
    let mobile = "41ff994ea1f9462295cee1ad48c270f6fe3e6307cd9a062e9320cf43a724e348";
    let seventh = "b2066afbf4a30580f693454218a9016a1cdabdb5dd13eade7a7179d45c6cfd02";
    assert_eq!(address.owner_id(None).as_deref(), Some(usual));
    assert_eq!(address.owner_id(Some(mobile)).as_deref(), Some(mobile));
    assert_eq!(address.owner_id(Some(seventh)), None, "only nonces 0 and 1 count");
}

#[test]
fn what_is_signed_here_is_taken_here_and_only_for_its_own_challenge() {
    let signer = key(DEVELOPMENT_KEY).unwrap();
    let address = Address::of(signer.verifying_key());
    let moment: Timestamp = "2026-11-22T12:00:00.123456Z".parse().unwrap();
    let challenge = Challenge {
        service: "agents.example.org".to_owned(),
        template_id: Some("tpl_1".to_owned()),
        address,
        nonce: "kv5bqmbjzvdyrw2w".to_owned(),
        issued_at: moment,
        expires_at: moment + chrono::TimeDelta::minutes(5),
    };
    let signature = personal_sign(&signer, &challenge.message());
    verify(&challenge.message(), &signature, &address).unwrap();

    let other = Challenge { template_id: Some("tpl_2".to_owned()), ..challenge.clone() };
    assert_eq!(verify(&other.message(), &signature, &address), Err(SignatureError::Signer));
    for part in [
        "agents.example.org",
        "claim an agent",
        "tpl_1",
        DEVELOPMENT_ADDRESS,
        "kv5bqmbjzvdyrw2w",
        "12:00:00Z",
        "12:05:00Z",
    ] {
        assert!(challenge.message().contains(part), "{part}");
    }
    assert!(!challenge.is_expired(moment) && challenge.is_expired(challenge.expires_at));
    let stored: Challenge = serde_json::from_value(serde_json::to_value(&challenge).unwrap()).unwrap();
    assert_eq!(stored, challenge);
}

#[test]
fn every_reference_key_and_address_fits() {
    let Some(table) = vectors() else { return };
    for row in rows(&table, "/private_key_to_address") {
        let address = Address::of(key(text(row, "private_key")).unwrap().verifying_key());
        assert_eq!(address.to_string(), text(row, "address_eip55"));
        assert_eq!(address.lower(), text(row, "address_lower"));
    }
    for row in rows(&table, "/private_key_invalid") {
        assert!(key(text(row, "private_key")).is_none(), "{row}");
    }
    for row in rows(&table, "/eip55/valid") {
        let address: Address = text(row, "lower").parse().unwrap();
        assert_eq!(address.to_string(), text(row, "checksummed"));
        assert_eq!(text(row, "checksummed").parse(), Ok(address));
    }
    for row in rows(&table, "/eip55/invalid_checksum") {
        assert_eq!(row.as_str().unwrap().parse::<Address>(), Err(AddressError::Checksum), "{row}");
    }
    for row in rows(&table, "/xmtp_inbox_id/vectors") {
        let address: Address = text(row, "address").parse().unwrap();
        assert_eq!(address.inbox_id(row["nonce"].as_u64().unwrap()), text(row, "inbox_id"));
    }
}

#[test]
fn every_reference_signature_is_judged_as_the_table_says() {
    let Some(table) = vectors() else { return };
    for row in rows(&table, "/eip191_personal_sign") {
        let message = text(row, "message_utf8");
        assert_eq!(hex::encode(personal_hash(message)), text(row, "eip191_hash")[2..], "{row}");
        let signer = recover(message, text(row, "signature")).unwrap();
        assert_eq!(signer.to_string(), text(row, "address_eip55"));
        if let Some(private) = row["private_key"].as_str() {
            let ours = personal_sign(&key(private).unwrap(), message);
            assert_eq!(ours[..130], text(row, "signature")[..130], "signing is deterministic");
        }
    }
    for row in rows(&table, "/eip191_hash_only") {
        assert_eq!(hex::encode(personal_hash(text(row, "message_utf8"))), text(row, "eip191_hash")[2..]);
    }
    for row in rows(&table, "/eip191_must_refuse") {
        let error = refused(text(row, "message_utf8"), text(row, "signature"));
        assert_eq!(error.code(), "signature_invalid", "{row}");
    }
}
