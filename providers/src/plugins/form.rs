//! What a claimant brings for a tool: one description that is the schema for people and the check of what they sent.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde_json::{Map, Value, json};

use crate::plugin::Refusal;

/// Longest value of a field, in characters.
const VALUE_CHARACTERS_MAX: usize = 512;

/// One field of a form.
pub(super) struct Field {
    /// Its name in `userConfig`.
    pub name: &'static str,
    /// What a person is asked for.
    pub title: &'static str,
    /// A regular expression for clients; [`Field::fits`] is what counts.
    pub pattern: Option<&'static str>,
    /// Whether a text can be a value, before the vendor is asked.
    pub fits: fn(&str) -> bool,
    /// May be left out.
    pub optional: bool,
    /// Not to be shown while it is typed.
    pub secret: bool,
}

/// A form.
pub(super) struct Form {
    /// Its fields, in the order in which a person is asked.
    pub fields: &'static [Field],
}

/// The values of a form that fits, by name.
#[derive(Debug)]
pub(super) struct Filled(BTreeMap<&'static str, String>);

impl Filled {
    /// A value; a field that is not optional is always there.
    pub fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// An optional value.
    pub fn optional(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A value that must not be printed.
    pub fn secret(&self, name: &str) -> SecretString {
        SecretString::from(self.text(name))
    }
}

impl Form {
    /// The form as JSON Schema.
    pub fn schema(&self) -> Value {
        let property = |field: &Field| {
            let mut property = json!({"type": "string", "title": field.title, "minLength": 1, "maxLength": VALUE_CHARACTERS_MAX});
            if let Some(pattern) = field.pattern {
                property["pattern"] = json!(pattern);
            }
            if field.secret {
                property["format"] = json!("password");
                property["writeOnly"] = json!(true);
            }
            (field.name.to_owned(), property)
        };
        let required: Vec<_> =
            self.fields.iter().filter(|field| !field.optional).map(|field| field.name).collect();
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": self.fields.iter().map(property).collect::<Map<_, _>>(),
            "required": required,
            "additionalProperties": false,
        })
    }

    /// The values, or everything that is wrong with them. Never repeats a value: it may be a secret in the wrong field.
    pub fn read(&self, user_config: &Value) -> Result<Filled, Refusal> {
        let Value::Object(given) = user_config else {
            let missing = self.fields.iter().filter(|field| !field.optional);
            return Err(Refusal::Fields(missing.map(|field| wrong(field.name, "is missing")).collect()));
        };
        let mut problems: Vec<_> = given
            .keys()
            .filter(|name| self.fields.iter().all(|field| field.name != name.as_str()))
            .map(|name| wrong(name, "is not a field of this tool"))
            .collect();
        let mut filled = BTreeMap::new();
        for field in self.fields {
            match given.get(field.name) {
                None | Some(Value::Null) if field.optional => {}
                None | Some(Value::Null) => problems.push(wrong(field.name, "is missing")),
                Some(Value::String(text)) if is_plain(text) && (field.fits)(text) => {
                    filled.insert(field.name, text.clone());
                }
                Some(_) => problems.push(wrong(field.name, "has the wrong form")),
            }
        }
        if problems.is_empty() { Ok(Filled(filled)) } else { Err(Refusal::Fields(problems)) }
    }
}

/// One field that is wrong.
pub(super) fn wrong(name: &str, what: &str) -> (String, String) {
    (name.to_owned(), what.to_owned())
}

/// One field that the vendor did not take.
pub(super) fn not_taken(name: &str, what: &str) -> Refusal {
    Refusal::Fields(vec![wrong(name, what)])
}

/// Something that can stand in a header and in a variable.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.len() <= VALUE_CHARACTERS_MAX && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Any plain text.
pub(super) fn any(_: &str) -> bool {
    true
}

/// `+` and 8 to 15 digits.
pub(crate) fn is_e164(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (8..=15).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0')
    })
}

/// Something before and something after one `@`; whether it exists is for the vendor to say.
pub(crate) fn is_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(user, domain)| {
        !user.is_empty()
            && domain.contains('.')
            && !domain.starts_with('.')
            && !domain.ends_with('.')
            && text
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && !b"@/\\<>,;:\"".contains(&byte) || byte == b'@')
            && !domain.contains('@')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: Form = Form {
        fields: &[
            Field { name: "key", title: "Key", pattern: None, fits: any, optional: false, secret: true },
            Field {
                name: "phone",
                title: "Phone",
                pattern: None,
                fits: is_e164,
                optional: false,
                secret: false,
            },
            Field {
                name: "profile",
                title: "Profile",
                pattern: None,
                fits: any,
                optional: true,
                secret: false,
            },
        ],
    };

    fn problems(user_config: &Value) -> Vec<String> {
        match FORM.read(user_config) {
            Err(Refusal::Fields(fields)) => {
                fields.into_iter().map(|(name, what)| format!("{name} {what}")).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn everything_wrong_is_said_at_once_and_no_value_is_repeated() {
        assert_eq!(problems(&Value::Null), ["key is missing", "phone is missing"]);
        let config = json!({"key": 7, "phone": "sk-secret", "other": "x", "profile": ""});
        let found = problems(&config);
        assert_eq!(
            found,
            [
                "other is not a field of this tool",
                "key has the wrong form",
                "phone has the wrong form",
                "profile has the wrong form",
            ]
        );
        assert_eq!(problems(&json!({"key": "a\nb", "phone": "+15550001111"})), ["key has the wrong form"]);
    }

    #[test]
    fn a_form_that_fits_is_read_and_its_schema_says_the_same() {
        let filled = FORM.read(&json!({"key": "abc", "phone": "+15550001111", "profile": null})).unwrap();
        assert_eq!((filled.text("phone"), filled.optional("profile")), ("+15550001111", None));
        let schema = FORM.schema();
        assert_eq!(schema["required"], json!(["key", "phone"]));
        assert_eq!(schema["additionalProperties"], false);
        assert_eq!(schema["properties"]["key"]["format"], "password");
    }

    #[test]
    fn numbers_and_addresses_are_told_from_other_texts() {
        assert!(is_e164("+15550001111"));
        for wrong in ["15550001111", "+1555000111a", "+0555000111", "+1", "+", "", "+1234567890123456"] {
            assert!(!is_e164(wrong), "{wrong}");
        }
        assert!(is_address("agent-dev-abc@agentmail.to") && is_address("a.b+c@mail.example.org"));
        for wrong in
            ["", "a", "a@", "@b.c", "a@b", "a@b@c.d", "a/../b@c.d", "a b@c.d", "a@b.c/x", "<a@b.c>", "a@b.c."]
        {
            assert!(!is_address(wrong), "{wrong}");
        }
    }
}
