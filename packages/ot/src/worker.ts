import { serveTasks } from "./threads/serve-tasks";

/** Whether this file runs as a worker, where it answers the tasks of a `threadExecutor`. */
export const serving: boolean = serveTasks();
