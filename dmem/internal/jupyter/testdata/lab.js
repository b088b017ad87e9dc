// What browser_test.go asks of JupyterLab 4. Cells are counted among the code cells.
(() => {
    const app = window.jupyterapp;
    const panel = app && app.shell && [...app.shell.widgets('main')].find(w => w.context && w.content && w.sessionContext);
    const kernel = panel && panel.sessionContext.session && panel.sessionContext.session.kernel;
    const ready = kernel && kernel.connectionStatus === 'connected' && panel.context.isReady && panel.content.model;
    if (!ready) return false;
    app.shell.activateById(panel.id); // commands are for the active notebook
    const content = panel.content;
    const cells = () => content.widgets.filter(c => c.model.type === 'code');
    const idle = () => panel.sessionContext.session.kernel.status === 'idle';
    window.front = {
        kernel: () => panel.sessionContext.session.kernel.model.name,
        runAll: () => { app.commands.execute('notebook:run-all-cells'); },
        run: i => {
            content.activeCellIndex = content.widgets.indexOf(cells()[i]);
            app.commands.execute('notebook:run-cell');
        },
        interrupt: () => { app.commands.execute('notebook:interrupt-kernel'); },
        save: () => panel.context.save(),
        idle: idle,
        states: () => cells().map(c => c.model.executionState === 'running' ? 'running' : c.model.executionCount ? 'done' : 'new'),
        outputs: () => cells().map(c => c.model.outputs.toJSON()),
        show: async i => { await content.scrollToItem(content.widgets.indexOf(cells()[i]), 'center'); },
        node: i => cells()[i].outputArea ? cells()[i].outputArea.node : null,
    };
    return true;
})()
