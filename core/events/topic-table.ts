import { ALIASES, isAlias, type Form } from './aliases.js';
import { TOPICS, type TopicSpec } from './topics.js';

/** The topics that can be subscribed to. The service's own are there from the beginning; those of plugins come and go. */
export class TopicTable {
  readonly #topics = new Map<string, TopicSpec>(Object.entries(TOPICS));
  #version = 0;

  /** Changes whenever the table does, for documents that are made of it. */
  get version(): number {
    return this.#version;
  }

  get(topic: string): TopicSpec | undefined {
    return this.#topics.get(topic);
  }

  entries(): readonly (readonly [string, TopicSpec])[] {
    return [...this.#topics];
  }

  /** @returns a function that takes the topic out. @throws TypeError when the name is taken. */
  add(topic: string, spec: TopicSpec): () => void {
    if (this.#topics.has(topic)) throw new TypeError(`two topics have one name: ${topic}`);
    this.#topics.set(topic, spec);
    this.#version += 1;
    return () => {
      if (this.#topics.get(topic) !== spec) return;
      this.#topics.delete(topic);
      this.#version += 1;
    };
  }

  /** The topics and forms that a name stands for: a topic, a prefix such as `camera.*`, `*`, or an alias. Empty when unknown. */
  expand(name: string): readonly (readonly [string, Form])[] {
    if (this.#topics.has(name)) return [[name, 'topic']];
    if (isAlias(name))
      return this.entries().flatMap(([topic, { aliases }]) =>
        aliases.includes(name) ? [[topic, name]] : [],
      );
    if (name !== '*' && !name.endsWith('.*')) return [];
    const prefix = name.slice(0, -1);
    return this.entries().flatMap(([topic]) => (topic.startsWith(prefix) ? [[topic, 'topic']] : []));
  }

  /** Names that a subscription may use, for hints. */
  names(): readonly string[] {
    const topics = [...this.#topics.keys()];
    const prefixes = new Set(topics.map((topic) => `${topic.slice(0, topic.indexOf('.'))}.*`));
    return [...topics, ...prefixes, '*', ...Object.keys(ALIASES)];
  }
}
