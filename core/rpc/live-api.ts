import type { Role } from '../../ports/auth-provider.js';
import { permissionsOf } from '../auth/roles.js';
import type { TopicTable } from '../events/topic-table.js';
import { API_INFO } from './api-info.js';
import type { MethodTable } from './method-table.js';
import { openRpcDocument } from './open-rpc.js';
import type { PublicApi } from './parts.js';

/** The API as it is now, with what plugins have added. Its document is made once for each change. */
export class LiveApi implements PublicApi {
  readonly #methods: () => MethodTable;
  readonly #topics: TopicTable;
  #document: Readonly<Record<string, unknown>> = {};
  #madeOf = '';

  /** @param methods the table, whose methods in turn use this. */
  constructor(methods: () => MethodTable, topics: TopicTable) {
    this.#methods = methods;
    this.#topics = topics;
  }

  document(): Readonly<Record<string, unknown>> {
    const methods = this.#methods();
    const version = `${String(methods.version)}/${String(this.#topics.version)}`;
    if (this.#madeOf !== version) {
      this.#document = openRpcDocument(methods.list(), API_INFO, this.#topics.entries());
      this.#madeOf = version;
    }
    return this.#document;
  }

  permissions(role: Role): readonly string[] {
    return permissionsOf(role, this.#methods().list());
  }
}
