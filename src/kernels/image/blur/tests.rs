//! Against a Gaussian in floating point, at every kind of edge, on one thread and on several.

use super::*;
use crate::kernels::Plan;
use crate::kernels::image::testing::{Given, call, noise, picture, sized};
use crate::kernels::testing::{Where, number, text};

/// By definition, with 64-bit numbers: colours weighted by alpha unless told otherwise.
fn reference(bytes: &[u8], width: usize, height: usize, sigma: f64, straight: bool) -> Vec<[f64; 4]> {
    let radius = (4.0 * sigma).ceil() as isize;
    let bell: Vec<f64> = (-radius..=radius).map(|x| (-0.5 * (x as f64 / sigma).powi(2)).exp()).collect();
    let sum: f64 = bell.iter().sum();
    let mut image: Vec<[f64; 4]> = bytes.as_chunks::<4>().0.iter().map(|pixel| pixel.map(f64::from)).collect();
    if straight {
        for [r, g, b, a] in &mut image {
            (*r, *g, *b) = (*r * *a / 255.0, *g * *a / 255.0, *b * *a / 255.0);
        }
    }
    let along = |image: &[[f64; 4]], step: (isize, isize)| -> Vec<[f64; 4]> {
        let mut blurred = Vec::with_capacity(image.len());
        for y in 0..height as isize {
            for x in 0..width as isize {
                let mut sums = [0.0; 4];
                for (distance, weight) in (-radius..=radius).zip(&bell) {
                    let x = (x + step.0 * distance).clamp(0, width as isize - 1) as usize;
                    let y = (y + step.1 * distance).clamp(0, height as isize - 1) as usize;
                    for (sum, channel) in sums.iter_mut().zip(image[y * width + x]) {
                        *sum += weight * channel;
                    }
                }
                blurred.push(sums.map(|channel| channel / sum));
            }
        }
        blurred
    };
    let mut image = along(&along(&image, (1, 0)), (0, 1));
    if straight {
        for [r, g, b, a] in &mut image {
            if *a > 0.0 {
                (*r, *g, *b) = (*r * 255.0 / *a, *g * 255.0 / *a, *b * 255.0 / *a);
            }
        }
    }
    image
}

/// One level off for opaque pixels; for others the colours are as uncertain as alpha makes them.
fn check(bytes: &[u8], expected: &[[f64; 4]], straight: bool, what: &str) {
    for (place, (pixel, exact)) in bytes.as_chunks::<4>().0.iter().zip(expected).enumerate() {
        assert!((f64::from(pixel[3]) - exact[3]).abs() < 1.0, "{what}: alpha {} at {place}: {exact:?}", pixel[3]);
        let tolerance = if straight { 255.0 / exact[3].max(0.5) } else { 1.0 };
        if pixel[3] == 0 && straight {
            assert_eq!(*pixel, [0; 4], "{what}: what cannot be seen is empty");
            continue;
        }
        for channel in 0..3 {
            let off = (f64::from(pixel[channel]) - exact[channel]).abs();
            assert!(off < tolerance, "{what}: {pixel:?} at {place}, {exact:?} expected");
        }
    }
}

fn blur(given: Given, size: (usize, usize), image: &[u8], place: Where) -> Vec<u8> {
    let mut bytes = image.to_vec();
    call("image.blur", size, given, &mut bytes, place).unwrap();
    bytes
}

#[test]
fn agrees_with_the_reference() {
    let sizes = [(1, 1), (2, 1), (1, 9), (15, 3), (16, 16), (17, 5), (33, 40), (64, 70), (131, 67)];
    for (width, height) in sizes {
        let image = picture(width, height);
        for sigma in [0.3, 0.8, 1.5, 5.0, 12.0] {
            for (alpha, straight) in [("straight", true), ("premultiplied", false)] {
                let given = vec![number("sigma", sigma), text("alpha", alpha)];
                let here = blur(given.clone(), (width, height), &image, Where::Here);
                let there = blur(given, (width, height), &image, Where::Threads);
                let what = format!("{width} x {height}, sigma {sigma}, {alpha}");
                assert!(here == there, "{what}: the same on the threads");
                check(&here, &reference(&image, width, height, sigma, straight), straight, &what);
            }
        }
    }
}

#[test]
fn opaque_images_are_within_a_level_over_several_steps() {
    // Wide and rough enough for several steps, with a window that goes round.
    let (width, height, sigma) = (301, 150, 14.0);
    let mut image = noise(width * height * 4);
    image.as_chunks_mut::<4>().0.iter_mut().for_each(|pixel| pixel[3] = 255);
    let here = blur(vec![number("sigma", sigma)], (width, height), &image, Where::Here);
    let there = blur(vec![number("sigma", sigma)], (width, height), &image, Where::Threads);
    assert!(here == there);
    check(&here, &reference(&image, width, height, sigma, true), true, "large");
    let plain = vec![number("sigma", sigma), text("alpha", "premultiplied")];
    assert!(blur(plain, (width, height), &image, Where::Threads) == here, "without alpha both are the same");
}

#[test]
fn transparent_pixels_lend_no_colour() {
    // Red that is seen beside green that is not.
    let image: Vec<u8> = (0..40).flat_map(|x| if x < 20 { [255, 0, 0, 255] } else { [0, 255, 0, 0] }).collect();
    let blurred = blur(vec![number("sigma", 2.0)], (40, 1), &image, Where::Here);
    assert!(blurred.as_chunks::<4>().0.iter().all(|[r, g, _, a]| *a == 0 || (*r == 255 && *g == 0)));
    assert!(blurred[19 * 4 + 3] > 100 && blurred[20 * 4 + 3] < 150, "alpha is blurred");
}

#[test]
fn refuses_what_it_cannot_do() {
    for (sigma, code) in
        [(0.0, ErrorCode::KernelRange), (0.29, ErrorCode::KernelRange), (101.0, ErrorCode::KernelRange)]
    {
        let given = sized(1, 1, vec![number("sigma", sigma)]);
        assert_eq!(Plan::of("image.blur", given, Shape::bytes(4)).unwrap_err().code, code);
    }
    let missing = Plan::of("image.blur", sized(1, 1, vec![]), Shape::bytes(4)).unwrap_err();
    assert_eq!(missing.code, ErrorCode::KernelParameter);
    let nothing = Plan::of("image.blur", sized(0, 1, vec![number("sigma", 1.0)]), Shape::bytes(0)).unwrap_err();
    assert_eq!(nothing.code, ErrorCode::KernelRange);
    let short = Plan::of("image.blur", sized(2, 2, vec![number("sigma", 1.0)]), Shape::bytes(15)).unwrap_err();
    assert_eq!(short.code, ErrorCode::KernelRange);
}
