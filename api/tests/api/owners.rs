//! Owners prove themselves by a signature, and private templates are there for their creator only.

use model::owner::{Address, personal_sign, signing_key};
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::world::{World, refusal};

#[sqlx::test(migrator = "controller::store::MIGRATIONS")]
async fn a_private_template_is_there_for_its_creator_only(db: PgPool) {
    let world = World::start(db, 1).await;
    world.until_ready(1).await;
    let signer = signing_key(&[7; 32]).unwrap();
    let address = Address::of(signer.verifying_key());
    let creator = address.inbox_id(1);
    let body = json!({"agentName": "Ada", "instructions": "Answer.", "creatorId": creator});
    let template: Value = world.post("/api/templates", body).await.json().await.unwrap();
    let id = template["templateId"].as_str().unwrap();
    let claimer = world.key("claimer").await;
    let as_claimer = |method: Method, path: &str| world.with_key(&claimer, method, path);
    let stranger =
        as_claimer(Method::POST, "/api/claim").json(&json!({"templateId": id})).send().await.unwrap();
    assert_eq!(refusal(stranger).await.0, 404);
    let read = as_claimer(Method::GET, &format!("/api/templates/{id}")).send().await.unwrap();
    assert_eq!(refusal(read).await.0, 404);
    let listed: Value = as_claimer(Method::GET, "/api/templates").send().await.unwrap().json().await.unwrap();
    assert_eq!(listed["items"], json!([]));

    let challenge = format!("/api/claim/challenge?address={address}&templateId={id}");
    let challenge: Value = as_claimer(Method::GET, &challenge).send().await.unwrap().json().await.unwrap();
    let message = challenge["message"].as_str().unwrap();
    assert!(message.contains(id) && message.contains(&address.to_string()), "{message}");
    let signed = |signature: String| json!({"templateId": id, "challenge": challenge["challenge"], "ownerSignature": signature});
    let claim = |body: Value| as_claimer(Method::POST, "/api/claim").json(&body).send();
    let wrong = personal_sign(&signing_key(&[8; 32]).unwrap(), message);
    assert_eq!(refusal(claim(signed(wrong)).await.unwrap()).await.1, "signature_invalid");
    let contract = format!("0x{}{}", "00".repeat(64), "64926492".repeat(8));
    assert_eq!(refusal(claim(signed(contract)).await.unwrap()).await.1, "unsupported_signature");
    // A refused signature does not use the challenge up; a claim does.
    let good = personal_sign(&signer, message);
    let served = claim(signed(good.clone())).await.unwrap();
    assert_eq!(served.status(), 200);
    assert_eq!(served.json::<Value>().await.unwrap()["ownerId"], creator);
    assert_eq!(refusal(claim(signed(good)).await.unwrap()).await.1, "challenge_expired");

    let publish = world.request(Method::PATCH, &format!("/api/templates/{id}/visibility"));
    assert_eq!(publish.json(&json!({"visibility": "public"})).send().await.unwrap().status(), 200);
    let read = as_claimer(Method::GET, &format!("/api/templates/{id}")).send().await.unwrap();
    assert_eq!(read.status(), 200);
}
