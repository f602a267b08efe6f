//! The filters by their definitions, compared with what is made of parts and pieces.

use super::*;
use crate::kernels::Plan;
use crate::kernels::image::testing::{Given, noise, picture, sized};
use crate::kernels::testing::{self, Where, number, text};
use std::f64::consts::PI;
use std::sync::atomic::AtomicBool;

const FILTERS: [&str; 5] = ["bilinear", "hamming", "catmull-rom", "mitchell", "lanczos3"];

/// The filters by their definitions, and the pixels that they reach.
fn weight(filter: &str, x: f64) -> f64 {
    let sinc = |x: f64| if x == 0.0 { 1.0 } else { (PI * x).sin() / (PI * x) };
    // Mitchell and Netravali's family of cubics.
    let cubic = |b: f64, c: f64, x: f64| match x.abs() {
        x if x < 1.0 => {
            ((12.0 - 9.0 * b - 6.0 * c) * x.powi(3) + (-18.0 + 12.0 * b + 6.0 * c) * x * x + 6.0 - 2.0 * b) / 6.0
        }
        x if x < 2.0 => {
            let tail = 8.0 * b + 24.0 * c + (-12.0 * b - 48.0 * c) * x;
            ((-b - 6.0 * c) * x.powi(3) + (6.0 * b + 30.0 * c) * x * x + tail) / 6.0
        }
        _ => 0.0,
    };
    match filter {
        "bilinear" => (1.0 - x.abs()).max(0.0),
        "hamming" if x.abs() < 1.0 => sinc(x) * (0.54 + 0.46 * (PI * x).cos()),
        "catmull-rom" => cubic(0.0, 0.5, x),
        "mitchell" => cubic(1.0 / 3.0, 1.0 / 3.0, x),
        "lanczos3" if x.abs() < 3.0 => sinc(x) * sinc(x / 3.0),
        _ => 0.0,
    }
}

type Image = Vec<[f64; 4]>;

/// Up and down: a column at a time by definition, with 64-bit numbers. What leaves 0 to 255 is cut off.
fn shrink(filter: &str, image: &Image, width: usize, to: usize) -> Image {
    let from = image.len() / width;
    if from == to {
        return image.clone();
    }
    let scale = from as f64 / to as f64;
    let stretch = scale.max(1.0);
    let mut result = Vec::with_capacity(width * to);
    for y in 0..to {
        let middle = (y as f64 + 0.5) * scale - 0.5;
        let weights: Vec<f64> = (0..from).map(|row| weight(filter, (row as f64 - middle) / stretch)).collect();
        let sum: f64 = weights.iter().sum();
        for x in 0..width {
            let mut mixed = [0.0; 4];
            for (row, weight) in weights.iter().enumerate().filter(|(_, weight)| **weight != 0.0) {
                for (mixed, channel) in mixed.iter_mut().zip(image[row * width + x]) {
                    *mixed += weight / sum * channel;
                }
            }
            result.push(mixed.map(|channel| channel.clamp(0.0, 255.0)));
        }
    }
    result
}

fn turned(image: &Image, width: usize) -> Image {
    (0..width).flat_map(|x| image.iter().skip(x).step_by(width).copied()).collect()
}

fn reference(filter: &str, bytes: &[u8], from: (usize, usize), to: (usize, usize), straight: bool) -> Image {
    let mut image: Image = bytes.as_chunks::<4>().0.iter().map(|pixel| pixel.map(f64::from)).collect();
    if straight {
        image.iter_mut().for_each(|[r, g, b, a]| [*r, *g, *b] = [*r, *g, *b].map(|colour| colour * *a / 255.0));
    }
    let tall = shrink(filter, &image, from.0, to.1);
    let mut image = turned(&shrink(filter, &turned(&tall, from.0), to.1, to.0), to.1);
    if straight {
        let divide = |alpha: f64, colour: f64| (colour * 255.0 / alpha.max(1e-9)).min(255.0);
        image.iter_mut().for_each(|[r, g, b, a]| [*r, *g, *b] = [*r, *g, *b].map(|colour| divide(*a, colour)));
    }
    image
}

fn resize(others: Given, from: (usize, usize), to: (usize, usize), image: &[u8], place: Where) -> Vec<u8> {
    let mut given = sized(from.0, from.1, others);
    given.extend([number("toWidth", to.0 as f64), number("toHeight", to.1 as f64)]);
    let mut bytes = image.to_vec();
    let done = testing::call_as("image.resize", given, Shape::bytes(image.len()), &mut bytes, place).unwrap();
    assert!(bytes == image, "the input is only read");
    done.output.unwrap()
}

/// Numbers are rounded to a byte at the end, and to 1/64 of a level when colours are multiplied and between the directions.
fn check(bytes: &[u8], exact: &Image, straight: bool, what: &str) {
    assert_eq!(bytes.len(), exact.len() * 4, "{what}");
    for (place, (pixel, exact)) in bytes.as_chunks::<4>().0.iter().zip(exact).enumerate() {
        let say = || format!("{what}: {pixel:?} at {place}, {exact:?} expected");
        assert!((f64::from(pixel[3]) - exact[3]).abs() < 0.75, "{}", say());
        if straight && exact[3] < 16.0 {
            // So little is seen of these that a byte says nothing of their colour.
            continue;
        }
        let tolerance = if straight { 0.6 + 0.15 * 255.0 / exact[3] } else { 0.75 };
        for channel in 0..3 {
            assert!((f64::from(pixel[channel]) - exact[channel]).abs() < tolerance, "{}", say());
        }
    }
}

const SIZES: [((usize, usize), (usize, usize)); 12] = [
    ((1, 1), (1, 1)),
    ((1, 1), (5, 3)),
    ((7, 5), (1, 1)),
    ((16, 9), (16, 9)),
    ((40, 30), (40, 11)),
    ((40, 30), (13, 30)),
    ((64, 48), (21, 17)),
    ((33, 21), (70, 65)),
    ((90, 20), (31, 77)),
    ((3, 200), (5, 2)),
    ((257, 83), (91, 50)),
    ((100, 60), (99, 61)),
];

#[test]
fn agrees_with_the_reference() {
    for (from, to) in SIZES {
        let image = picture(from.0, from.1);
        for filter in FILTERS {
            for (alpha, straight) in [("straight", true), ("premultiplied", false)] {
                let given = vec![text("filter", filter), text("alpha", alpha)];
                let here = resize(given.clone(), from, to, &image, Where::Here);
                let there = resize(given, from, to, &image, Where::Threads);
                let what = format!("{from:?} to {to:?}, {filter}, {alpha}");
                assert!(here == there, "{what}: the same on the threads");
                check(&here, &reference(filter, &image, from, to, straight), straight, &what);
            }
        }
    }
}

#[test]
fn every_processor_makes_the_same() {
    let (from, to) = ((131, 47), (37, 16));
    let image = picture(from.0, from.1);
    for alpha in ["straight", "premultiplied"] {
        let given = vec![text("alpha", alpha), number("toWidth", to.0 as f64), number("toHeight", to.1 as f64)];
        let arguments = Arguments::check(Resize::NAME, Resize::PARAMETERS, sized(from.0, from.1, given)).unwrap();
        let mut kernel = Resize::plan(&arguments, &Shape::bytes(image.len())).unwrap();
        kernel.weights = Weights::new(kernel.from, kernel.to, kernel.filter);
        let (pixels, context) = (image.as_chunks().0, &Context { cancelled: &AtomicBool::new(false), parallel: false });
        let mut results = [vec![[0; 4]; to.0 * to.1], vec![[0; 4]; to.0 * to.1]];
        let [wide, portable] = &mut results;
        let strip = |bench, result| Strip { image: &kernel, pixels, rows: 0..to.1, bench, result, context };
        let mut benches = [Bench::default(), Bench::default()];
        let [first, second] = &mut benches;
        wide::run(strip(first, wide));
        strip(second, portable).work(wide::Portable);
        assert!(results[0] == results[1], "{alpha}");
    }
}

#[test]
fn takes_the_nearest_pixel() {
    for (from, to) in SIZES {
        let image = noise(from.0 * from.1 * 4);
        let result = resize(vec![text("filter", "nearest")], from, to, &image, Where::Threads);
        for (place, pixel) in result.as_chunks::<4>().0.iter().enumerate() {
            let near = |place: usize, from: usize, to: usize| {
                ((place as f64 + 0.5) * from as f64 / to as f64).floor() as usize
            };
            let (x, y) = (near(place % to.0, from.0, to.0), near(place / to.0, from.1, to.1));
            assert_eq!(pixel, &image[(y * from.0 + x) * 4..][..4], "{from:?} to {to:?} at {place}");
        }
    }
}

#[test]
fn parts_and_pieces_make_the_same_as_the_whole() {
    // So large that there are several parts, and several pieces across.
    let (from, to) = ((700, 500), (223, 180));
    let image = picture(from.0, from.1);
    let weights = Weights::new(
        Pixels { width: from.0, height: from.1 },
        Pixels { width: to.0, height: to.1 },
        Some(Filter::Lanczos3),
    );
    assert!(SIDE * weights.strips < to.1 / 4);
    assert!(PIECE / size_of::<Pairs>() / weights.down.pairs(0..SIDE).len() < from.0 / SIDE / 2);
    for (alpha, straight) in [("straight", true), ("premultiplied", false)] {
        let here = resize(vec![text("alpha", alpha)], from, to, &image, Where::Here);
        let there = resize(vec![text("alpha", alpha)], from, to, &image, Where::Threads);
        assert!(here == there);
        check(&here, &reference("lanczos3", &image, from, to, straight), straight, alpha);
    }
}

#[test]
fn what_is_even_stays_so() {
    for (from, to) in [((8000, 3), (1, 1)), ((3, 8000), (1, 2)), ((65_535, 1), (3, 2)), ((1, 1), (199, 77))] {
        for filter in FILTERS {
            let image = [200, 100, 255, 255].repeat(from.0 * from.1);
            let result = resize(vec![text("filter", filter)], from, to, &image, Where::Threads);
            for pixel in result.as_chunks::<4>().0 {
                for (channel, exact) in pixel.iter().zip([200u8, 100, 255, 255]) {
                    let off = channel.abs_diff(exact);
                    assert!(off <= if from.0 > 8000 { 4 } else { 1 }, "{from:?} to {to:?}, {filter}: {pixel:?}");
                }
            }
        }
    }
}

#[test]
fn the_table_is_the_filter() {
    let (mut far, from) = (0.0f64, (1, 256));
    // One white row at a time through a single output pixel would say little: the whole is compared above. Here is
    // what the weights of one column are off by.
    for row in (0..from.1).step_by(7) {
        let mut image = [0, 0, 0, 255].repeat(from.1);
        image[row * 4..row * 4 + 3].fill(255);
        let result = resize(vec![], from, (1, 100), &image, Where::Here);
        let exact = reference("lanczos3", &image, from, (1, 100), true);
        for (pixel, exact) in result.as_chunks::<4>().0.iter().zip(&exact) {
            far = far.max((f64::from(pixel[0]) - exact[0]).abs());
        }
    }
    assert!(far < 0.6, "{far}");
}

#[test]
fn refuses_what_it_cannot_do() {
    let call = |width: f64, height: f64, to_width: f64, bytes: usize| {
        let given = vec![
            number("width", width),
            number("height", height),
            number("toWidth", to_width),
            number("toHeight", 1.0),
        ];
        Plan::of("image.resize", given, Shape::bytes(bytes)).map(drop).map_err(|error| error.code)
    };
    assert_eq!(call(2.0, 2.0, 1.0, 16), Ok(()));
    assert_eq!(call(0.0, 2.0, 1.0, 0), Err(ErrorCode::KernelRange));
    assert_eq!(call(2.0, 2.0, 0.0, 16), Err(ErrorCode::KernelRange));
    assert_eq!(call(2.0, 2.0, 65_536.0, 16), Err(ErrorCode::KernelRange));
    assert_eq!(call(2.0, 2.0, 1.0, 15), Err(ErrorCode::KernelRange));
    let missing = Plan::of("image.resize", sized(1, 1, vec![]), Shape::bytes(4)).unwrap_err();
    assert_eq!(missing.code, ErrorCode::KernelParameter);
}
