package dmem

// GeneratorVersion is generatorVersion.
const GeneratorVersion = generatorVersion
