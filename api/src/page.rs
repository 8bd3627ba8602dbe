//! Lists come in pages: `limit`, and an opaque `cursor` that names the last row of the page before.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::Timestamp;
use model::api::Page;
use process::problem::Problem;

/// Rows of a page when nothing is said.
pub const LIMIT_DEFAULT: u32 = 50;
/// Most rows of a page.
pub const LIMIT_MAX: u32 = 200;
/// Longest cursor that is looked at.
const CURSOR_CHARACTERS_MAX: usize = 200;

/// Where a page ends: something that orders the list and something that tells equals apart.
pub trait Position: Sized {
    /// As text in a cursor.
    fn to_text(&self) -> String;
    /// Read from a cursor.
    fn from_text(text: &str) -> Option<Self>;
}

impl Position for i64 {
    fn to_text(&self) -> String {
        self.to_string()
    }
    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Position for uuid::Uuid {
    fn to_text(&self) -> String {
        self.to_string()
    }
    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Position for (Timestamp, String) {
    fn to_text(&self) -> String {
        format!("{} {}", self.0.timestamp_micros(), self.1)
    }
    fn from_text(text: &str) -> Option<Self> {
        let (at, id) = text.split_once(' ')?;
        Some((Timestamp::from_timestamp_micros(at.parse().ok()?)?, id.to_owned()))
    }
}

/// What a request wants of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted<P> {
    /// Rows at most.
    pub limit: u32,
    /// Only rows after this position.
    pub after: Option<P>,
}

impl<P: Position> Wanted<P> {
    /// Reads `limit` and `cursor`.
    ///
    /// # Errors
    /// 400 when the limit is out of range or the cursor is not one of ours.
    pub fn read(limit: Option<u32>, cursor: Option<&str>) -> Result<Self, Problem> {
        let limit = limit.unwrap_or(LIMIT_DEFAULT);
        if !(1..=LIMIT_MAX).contains(&limit) {
            return Err(Problem::invalid_field("limit", format!("must be from 1 to {LIMIT_MAX}")));
        }
        let after = match cursor {
            None => None,
            Some(text) => {
                let wrong = || Problem::invalid_field("cursor", "is not one that a list gave");
                Some(decode(text).ok_or_else(wrong)?)
            }
        };
        Ok(Self { limit, after })
    }

    /// How many rows to read: one more than wanted tells whether there is a further page.
    pub fn rows(&self) -> i64 {
        i64::from(self.limit) + 1
    }

    /// Cuts what was read to a page.
    pub fn page<R, V>(
        &self,
        mut rows: Vec<R>,
        position: impl Fn(&R) -> P,
        view: impl FnMut(R) -> V,
    ) -> Page<V> {
        let more = rows.len() > self.limit as usize;
        rows.truncate(self.limit as usize);
        let next_cursor = rows.last().filter(|_| more).map(|last| encode(&position(last)));
        Page { items: rows.into_iter().map(view).collect(), next_cursor }
    }
}

fn encode(position: &impl Position) -> String {
    URL_SAFE_NO_PAD.encode(position.to_text())
}

fn decode<P: Position>(cursor: &str) -> Option<P> {
    if cursor.len() > CURSOR_CHARACTERS_MAX {
        return None;
    }
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    if text.contains('\0') {
        return None;
    }
    P::from_text(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_limits_and_cursors_are_400() {
        for limit in [0, 201, u32::MAX] {
            let problem = Wanted::<i64>::read(Some(limit), None).unwrap_err();
            assert_eq!(problem.errors()[0].field, "limit", "{limit}");
        }
        let nul = URL_SAFE_NO_PAD.encode("5 a\0b");
        for cursor in ["", "!", "AAAA", "////", &"A".repeat(500), &nul] {
            let problem = Wanted::<(Timestamp, String)>::read(None, Some(cursor)).unwrap_err();
            assert_eq!(problem.errors()[0].field, "cursor", "{cursor}");
        }
    }

    #[test]
    fn a_cursor_leads_to_where_the_page_ended() {
        let wanted = Wanted::<i64>::read(Some(2), None).unwrap();
        let page = wanted.page(vec![9, 8, 7], |row| *row, |row| row);
        assert_eq!(page.items, [9, 8]);
        let next = Wanted::<i64>::read(Some(2), page.next_cursor.as_deref()).unwrap();
        assert_eq!(next.after, Some(8));
        assert_eq!(next.page(vec![7], |row| *row, |row| row).next_cursor, None);
    }

    #[test]
    fn a_time_survives_a_cursor_to_the_microsecond() {
        let position =
            (Timestamp::from_timestamp_micros(1_700_000_000_123_456).unwrap(), "abc123".to_owned());
        assert_eq!(decode(&encode(&position)), Some(position));
    }
}
