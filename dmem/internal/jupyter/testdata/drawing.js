// What browser_test.go asks of sliders and drawings; both in the output of one cell.
(() => {
    const sliders = i => {
        const n = front.node(i);
        return n ? [...n.querySelectorAll('input[type=range]')] : [];
    };
    const visible = e => e.getClientRects().length > 0 && getComputedStyle(e).visibility !== 'hidden';
    const look = e => e.tagName === 'IMG' ? e.src : e.tagName === 'CANVAS' ? e.toDataURL() : e.outerHTML;
    const hash = s => {
        let h = 0;
        for (let i = 0; i < s.length; i++) h = (Math.imul(h, 31) + s.charCodeAt(i)) | 0;
        return s.length + ':' + h;
    };
    window.drawing = {
        sliders: i => sliders(i).length,
        value: (i, s) => sliders(i)[s].value,
        focus: (i, s) => { sliders(i)[s].focus(); },
        // To a share of the slider's way, as the mouse does it.
        move: (i, s, share) => {
            const e = sliders(i)[s], min = Number(e.min || 0), max = Number(e.max || 100), step = Number(e.step) || 1;
            e.value = min + Math.round((max - min) * share / step) * step;
            e.dispatchEvent(new Event('input', {bubbles: true}));
            e.dispatchEvent(new Event('change', {bubbles: true}));
        },
        of: i => hash([...front.node(i).querySelectorAll('img, svg, canvas, table')].filter(visible).map(look).join()),
    };
})()
