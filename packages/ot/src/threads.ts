export type { WorkerLike } from "./threads/default-worker";
export { serveTasks } from "./threads/serve-tasks";
export {
  type ThreadExecutor,
  type ThreadExecutorOptions,
  threadExecutor,
} from "./threads/thread-executor";
