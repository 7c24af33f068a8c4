//! JSON as one row of parts that borrow their texts: a letter's long ones are copied once, into the message, and keys not at all.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, MapAccess, SeqAccess, Visitor},
};

/// As many parts as a letter has, and some.
const PARTS: usize = 40;

/// A value, as far as messages have such.
enum Part<'a> {
    Null,
    Bool(bool),
    Number(u64),
    Text(Cow<'a, str>),
    /// So many parts behind it are what is in it.
    List(usize),
    /// The same; keys and values by turns.
    Object(usize),
    /// A number that is negative or no integer: no message has one.
    Other,
}

/// What was read, a value before what is in it.
pub(super) struct Document<'a>(Vec<Part<'a>>);

impl Document<'_> {
    /// All of it.
    pub(super) const fn json(&self) -> Json<'_> {
        Json(self.0.as_slice())
    }
}

/// A value in a document: the first of these parts, and what is in it.
#[derive(Clone, Copy)]
pub(super) struct Json<'a>(&'a [Part<'a>]);

impl<'a> Json<'a> {
    /// What is not there.
    const NOTHING: Self = Self(&[]);

    /// A field of an object; the last, where it is there twice.
    pub(super) fn get(self, name: &str) -> Option<Self> {
        let [Part::Object(size), inside @ ..] = self.0 else { return None };
        let mut values = Values(&inside[..*size]);
        let mut found = None;
        while let Some((key, value)) = values.next().zip(values.next()) {
            if key.as_str() == Some(name) {
                found = Some(value);
            }
        }
        found
    }

    /// The same; one that is left out reads as `null`.
    pub(super) fn field(self, name: &str) -> Self {
        self.get(name).unwrap_or(Self::NOTHING)
    }

    pub(super) fn as_str(self) -> Option<&'a str> {
        if let [Part::Text(text), ..] = self.0 { Some(text) } else { None }
    }

    pub(super) fn as_list(self) -> Option<Values<'a>> {
        if let [Part::List(size), inside @ ..] = self.0 { Some(Values(&inside[..*size])) } else { None }
    }

    pub(super) const fn as_bool(self) -> Option<bool> {
        if let [Part::Bool(value), ..] = self.0 { Some(*value) } else { None }
    }

    pub(super) const fn as_u64(self) -> Option<u64> {
        if let [Part::Number(number), ..] = self.0 { Some(*number) } else { None }
    }

    pub(super) const fn is_null(self) -> bool {
        matches!(self.0, [] | [Part::Null, ..])
    }
}

/// Values behind each other.
pub(super) struct Values<'a>(&'a [Part<'a>]);

impl<'a> Iterator for Values<'a> {
    type Item = Json<'a>;

    fn next(&mut self) -> Option<Json<'a>> {
        let inside = match self.0.first()? {
            Part::List(size) | Part::Object(size) => *size,
            _ => 0,
        };
        let (value, behind) = self.0.split_at(1 + inside);
        self.0 = behind;
        Some(Json(value))
    }
}

impl<'de> Deserialize<'de> for Document<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut parts = Vec::with_capacity(PARTS);
        Row(&mut parts).deserialize(deserializer)?;
        Ok(Self(parts))
    }
}

/// What is read goes behind what is there.
struct Row<'r, 'de>(&'r mut Vec<Part<'de>>);

impl<'de> Row<'_, 'de> {
    fn push<E>(self, part: Part<'de>) -> Result<(), E> {
        self.0.push(part);
        Ok(())
    }

    /// Reads what is in a list or an object, and puts before it how much that is.
    fn push_all<E>(
        self,
        whole: fn(usize) -> Part<'de>,
        mut next: impl FnMut(Row<'_, 'de>) -> Result<Option<()>, E>,
    ) -> Result<(), E> {
        let at = self.0.len();
        self.0.push(Part::Null);
        while next(Row(self.0))?.is_some() {}
        self.0[at] = whole(self.0.len() - at - 1);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Row<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Row<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.push(Part::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.push(Part::Bool(value))
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.push(Part::Number(number))
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        self.push(Part::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        self.push(Part::Other)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<(), E> {
        self.push(Part::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.push(Part::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        self.push_all(Part::List, |row| items.next_element_seed(row))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        self.push_all(Part::Object, |row| match entries.next_key_seed(Row(&mut *row.0))? {
            Some(()) => entries.next_value_seed(row).map(Some),
            None => Ok(None),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_escapes_is_borrowed_and_the_last_of_a_field_counts() {
        let document: Document<'_> = serde_json::from_str(r#"{"a":"x","b":"\n","a":[1,-1,0.5,null,true]}"#).expect("JSON");
        let json = document.json();
        let list: Vec<_> = json.get("a").and_then(Json::as_list).expect("the last").collect();
        assert_eq!(list[0].as_u64(), Some(1));
        assert!(list[1].as_u64().is_none() && list[2].as_u64().is_none() && list[3].is_null());
        assert!(!list[1].is_null() && list[4].as_bool() == Some(true) && list.len() == 5);
        assert_eq!(json.get("b").and_then(Json::as_str), Some("\n"));
        assert!(matches!(document.0[1..3], [Part::Text(Cow::Borrowed("a")), Part::Text(Cow::Borrowed("x"))]));
        assert!(json.get("c").is_none() && json.field("c").is_null() && Json::NOTHING.get("a").is_none());
    }

    #[test]
    fn what_is_inside_is_not_taken_for_what_is_beside_it() {
        let text = r#"{"a":{"b":1,"c":[{"b":2},[],{}]},"b":[[3],"a"],"c":{}}"#;
        let document: Document<'_> = serde_json::from_str(text).expect("JSON");
        let json = document.json();
        let inner = json.field("a");
        assert_eq!(inner.field("b").as_u64(), Some(1));
        let list: Vec<_> = inner.field("c").as_list().expect("a list").collect();
        assert_eq!((list.len(), list[0].field("b").as_u64()), (3, Some(2)));
        assert!(list[1].as_list().is_some_and(|mut list| list.next().is_none()) && list[2].get("b").is_none());
        let beside: Vec<_> = json.field("b").as_list().expect("a list").collect();
        assert_eq!((beside.len(), beside[1].as_str()), (2, Some("a")));
        assert!(json.get("c").is_some_and(|object| object.get("b").is_none() && !object.is_null()));
    }
}
