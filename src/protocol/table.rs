//! What a table is made of: the numbers for Rust, and their names and meanings for the JavaScript that is generated.

/// A table as the generator sees it.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// What JavaScript calls it.
    pub name: &'static str,
    /// What it is about, a line each.
    pub docs: &'static [&'static str],
    /// Its numbers.
    pub entries: &'static [Entry],
}

/// A number of a table.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Its name, as Rust writes it.
    pub name: &'static str,
    /// What it means, a line each.
    pub docs: &'static [&'static str],
    /// The number.
    pub value: f64,
}

/// Declares a table once: as an enum, as the constants of a module, or as the flags of a type, each with the [`Table`]
/// that JavaScript's is generated from.
macro_rules! table {
    (
        $(#[doc = $doc:literal])*
        enum $name:ident: $repr:ident as $js:literal {
            $($(#[doc = $entry_doc:literal])* $entry:ident = $value:literal,)*
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr($repr)]
        pub enum $name {
            $($(#[doc = $entry_doc])* $entry = $value,)*
        }

        impl $name {
            /// All of them, for JavaScript.
            pub const TABLE: $crate::protocol::table::Table =
                table!(@table $js, [$($doc),*], [$($entry, [$($entry_doc),*], $value;)*]);

            /// The one with this number.
            pub fn of(number: $repr) -> Option<Self> {
                match number {
                    $($value => Some(Self::$entry),)*
                    _ => None,
                }
            }
        }
    };
    (
        $(#[doc = $doc:literal])*
        mod $name:ident: $type:ident as $js:literal {
            $($(#[doc = $entry_doc:literal])* $entry:ident = $value:expr,)*
        }
    ) => {
        $(#[doc = $doc])*
        pub mod $name {
            $($(#[doc = $entry_doc])* pub const $entry: $type = $value;)*

            /// All of them, for JavaScript.
            pub const TABLE: $crate::protocol::table::Table =
                table!(@table $js, [$($doc),*], [$($entry, [$($entry_doc),*], $entry;)*]);
        }
    };
    (
        $(#[doc = $doc:literal])*
        struct $name:ident: $repr:ident as $js:literal {
            $($(#[doc = $entry_doc:literal])* $entry:ident = $value:literal,)*
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
        pub struct $name(pub $repr);

        impl $name {
            $($(#[doc = $entry_doc])* pub const $entry: $name = $name($value);)*

            /// All of them, for JavaScript.
            pub const TABLE: $crate::protocol::table::Table =
                table!(@table $js, [$($doc),*], [$($entry, [$($entry_doc),*], $value;)*]);
        }
    };
    (@table $js:literal, [$($doc:literal),*], [$($entry:ident, [$($entry_doc:literal),*], $value:expr;)*]) => {
        $crate::protocol::table::Table {
            name: $js,
            docs: &[$($doc),*],
            entries: &[$($crate::protocol::table::Entry {
                name: stringify!($entry),
                docs: &[$($entry_doc),*],
                value: $value as f64,
            },)*],
        }
    };
}
