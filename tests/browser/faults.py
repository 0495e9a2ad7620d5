"""Faults that a page can be asked for in the browser: expressions that give a list of what is wrong, [] if nothing."""

from __future__ import annotations

NAMELESS = """() => {
    const named = e => (e.labels && e.labels.length) || e.ariaLabel || e.textContent.trim()
        || [...e.querySelectorAll('img')].some(image => image.alt)
    const wrong = [...document.querySelectorAll(
        'a, button, input:not([type=hidden], [hidden]), select, textarea, summary')]
        .filter(e => !named(e))
    const pictures = [...document.images].filter(image => !image.alt)
    const navigation = [...document.querySelectorAll('nav')].filter(e => !e.ariaLabel)
    return [...wrong, ...pictures, ...navigation].map(e => e.outerHTML.slice(0, 80))
}"""

LEVELS = "[...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map(e => Number(e.tagName[1]))"

# Text and placeholders against the nearest opaque background, WCAG formula.
FAINT = """() => {
    const parse = text => text.match(/[\\d.]+/g).map(Number)
    const linear = v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4
    const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    const behind = element => {
        for (let at = element; at; at = at.parentElement) {
            const colour = parse(getComputedStyle(at).backgroundColor)
            if (colour.length < 4 || colour[3] === 1) return colour
        }
        return [255, 255, 255]
    }
    const ratio = (element, part) => {
        const [a, b] = [light(parse(getComputedStyle(element, part).color)), light(behind(element))]
        return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
    }
    const texts = [...document.querySelectorAll('body *')].filter(
        e => e.checkVisibility() && [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()))
    const fields = [...document.querySelectorAll('[placeholder]')].filter(e => e.checkVisibility())
    const measured = [...texts.map(e => [e, ratio(e, null)]), ...fields.map(e => [e, ratio(e, '::placeholder')])]
    const least = document.querySelector('form[action="/logout"]') ? 10 : 9  // the login page has no way to elsewhere
    if (measured.length < least) throw new Error(`only ${measured.length} texts were measured`)
    return measured.filter(([_, value]) => value < 4.5).map(([e, value]) => `${value.toFixed(2)} ${e.outerHTML}`)
}"""

AUTOFOCUS_DONE = "[...document.querySelectorAll('[autofocus]')].every(e => e === document.activeElement)"
# Each place the keyboard reaches is outlined there, and the outline is not cut off by the screen's edge.
UNSEEN = """() => {
    const places = [...document.querySelectorAll(
        'a, button, input:not([type=hidden], [hidden]), select, textarea, summary')]
        .filter(e => e.checkVisibility() && e.tabIndex >= 0)
    return places.filter(e => {
        e.focus()
        const style = getComputedStyle(e)
        return document.activeElement !== e || style.outlineStyle !== 'solid' || parseFloat(style.outlineWidth) < 2
    }).map(e => e.outerHTML.slice(0, 80))
}"""

CUT_PLACEHOLDERS = """() => [...document.querySelectorAll('input[placeholder]')].filter(e => {
    const style = getComputedStyle(e), canvas = document.createElement('canvas').getContext('2d')
    canvas.font = style.font
    const room = e.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight)
    return e.checkVisibility() && canvas.measureText(e.placeholder).width > room
}).map(e => e.placeholder)"""

TOO_WIDE = """() => document.documentElement.scrollWidth <= window.innerWidth ? []
    : [`${document.documentElement.scrollWidth} px wide`]"""

SCRIPTS = {"nameless": NAMELESS, "faint": FAINT, "cut": CUT_PLACEHOLDERS, "wide": TOO_WIDE}
