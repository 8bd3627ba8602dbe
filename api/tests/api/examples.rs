//! The published description: every operation is described, with an example of what it takes and answers, and with every code.

/// Operations without a JSON answer: four that answer with nothing, one that streams.
const WITHOUT_AN_ANSWER: [&str; 5] = ["signOut", "deleteKey", "deletePool", "deleteTemplate", "followClaim"];

#[test]
fn every_operation_is_described_with_an_example_and_every_code_that_it_answers() {
    let document = serde_json::to_value(api::routes::openapi()).unwrap();
    let mut seen = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let name = format!("{method} {path}");
            let id = operation["operationId"].as_str().unwrap();
            assert!(
                operation["description"].as_str().is_some_and(|text| text.len() > 20),
                "{name} has no description"
            );
            for (status, answer) in operation["responses"].as_object().unwrap() {
                let examples = answer["content"].as_object().into_iter().flat_map(|content| content.values());
                let shown = examples.map(|content| content.get("example").is_some()).collect::<Vec<_>>();
                if status.starts_with('4') || status.starts_with('5') {
                    assert_eq!(shown, [true], "{name} {status} shows no problem");
                    assert!(
                        answer["description"].as_str().unwrap().contains('`'),
                        "{name} {status} names no code"
                    );
                }
            }
            let answers = operation["responses"]
                .as_object()
                .unwrap()
                .iter()
                .filter(|(status, _)| status.starts_with('2'));
            let shown = answers
                .flat_map(|(_, answer)| answer["content"].as_object())
                .flat_map(|content| content.values());
            let shown = shown.filter(|content| content.get("example").is_some()).count();
            assert_eq!(shown == 0, WITHOUT_AN_ANSWER.contains(&id), "{name} shows {shown} answers");
            for content in
                operation["requestBody"]["content"].as_object().into_iter().flat_map(|it| it.values())
            {
                assert!(content.get("example").is_some(), "{name} shows no request");
            }
            seen += 1;
        }
    }
    assert!(seen > 40, "{seen} operations");
}
