/** What is wrong with a graph file, without its name: the reader of the scenario puts the place before it. */
export class GraphFileError extends Error {}
