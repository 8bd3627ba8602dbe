//! What the agent says without a model: the words back, in its name, in the manner its instructions ask for.
//!
//! This is no understanding of instructions. It follows a few plain wishes, so that somebody who tries the system on a
//! laptop sees that a claim's instructions, and a later change of them, reach the agent.

/// An answer to `text`.
pub fn reply(name: &str, instructions: &str, text: &str) -> String {
    let wishes = instructions.to_lowercase();
    let said = text.trim();
    let greeting = format!("{name} here");
    let mut answer = match phrase_to_say(instructions) {
        Some(phrase) => phrase.to_string(),
        None if asks_for(
            &wishes,
            &["one sentence", "single sentence", "one line", "briefly", "be brief", "short"],
        ) =>
        {
            format!("{greeting}: you said “{said}”.")
        }
        None => format!("{greeting}. You said: “{said}”. No model is connected, so I can only echo."),
    };
    if asks_for(&wishes, &["upper case", "uppercase", "capital letters"]) {
        answer = answer.to_uppercase();
    }
    if asks_for(&wishes, &["lower case", "lowercase"]) {
        answer = answer.to_lowercase();
    }
    answer
}

fn asks_for(wishes: &str, phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| wishes.contains(phrase))
}

/// The quoted words after "say", "reply with" or "answer with".
fn phrase_to_say(instructions: &str) -> Option<&str> {
    let lower = instructions.to_ascii_lowercase();
    ["say ", "reply with ", "answer with "].iter().find_map(|verb| {
        let rest = instructions.get(lower.find(verb)? + verb.len()..)?;
        let mut characters = rest.chars();
        let close = match characters.next()? {
            '"' => '"',
            '“' => '”',
            '\'' => '\'',
            _ => return None,
        };
        let quoted = characters.as_str();
        let phrase = quoted.get(..quoted.find(close)?)?.trim();
        (!phrase.is_empty()).then_some(phrase)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_agents_name_and_the_words_come_back() {
        let answer = reply("Ada", "Help people.", " hello ");
        assert_eq!(answer, "Ada here. You said: “hello”. No model is connected, so I can only echo.");
    }

    #[test]
    fn plain_wishes_are_followed() {
        assert_eq!(reply("Ada", "Answer in one sentence.", "hi"), "Ada here: you said “hi”.");
        assert_eq!(reply("Ada", "Be brief, in UPPER CASE.", "hi"), "ADA HERE: YOU SAID “HI”.");
        assert_eq!(reply("Ada", "Always answer with \"pong\".", "ping"), "pong");
        assert_eq!(reply("Ada", "Say “Grüß Gott” first", "hi"), "Grüß Gott");
    }

    #[test]
    fn odd_instructions_do_no_harm() {
        for instructions in ["", "say ", "say \"", "say \"\"", "İ say \"x\"", "answer with “"] {
            assert!(!reply("Ada", instructions, "hi").is_empty(), "{instructions}");
        }
    }
}
