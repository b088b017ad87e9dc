// What browser_test.go asks of the classic notebook. Cells are counted among the code cells.
(() => {
    const nb = window.Jupyter && window.Jupyter.notebook;
    if (!nb || !nb._fully_loaded || !nb.kernel || !nb.kernel.is_connected()) return false;
    const cells = () => nb.get_cells().filter(c => c.cell_type === 'code');
    window.front = {
        kernel: () => nb.kernel.name,
        runAll: () => { nb.execute_all_cells(); },
        run: i => { nb.execute_cells([nb.find_cell_index(cells()[i])]); },
        interrupt: () => { nb.kernel.interrupt(); },
        save: () => nb.save_notebook(),
        idle: () => !document.body.classList.contains('kernel_busy') && cells().every(c => !c.element.hasClass('running')),
        states: () => cells().map(c => c.element.hasClass('running') ? 'running' : Number.isInteger(c.input_prompt_number) ? 'done' : 'new'),
        outputs: () => cells().map(c => c.output_area.toJSON()),
        show: async i => { cells()[i].element[0].scrollIntoView({block: 'center'}); },
        node: i => cells()[i].output_area.element[0],
    };
    return true;
})()
