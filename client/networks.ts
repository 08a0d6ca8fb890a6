/** The part of the REST API about networks over several hosts, and ports of hosts that lead to containers on them. */
import { Administration } from './administration.js';
import type { CallOptions } from './follow.js';
import type { Transport } from './transport.js';
import type { NetworkOperation, OperationParameters, OperationReply, PortOperation, Reply } from './types.js';

export class NetworkCalls<Carrier extends Transport = Transport> extends Administration<Carrier> {
  /** Creates, joins, leaves and deletes networks over several hosts. */
  changeNetwork<O extends NetworkOperation>(
    operation: O,
    parameters: OperationParameters<'Network', O>,
    options?: CallOptions,
  ): Promise<OperationReply<'Network', O>> {
    return this.post<OperationReply<'Network', O>>('networks', operation, parameters, options);
  }

  networks(options?: CallOptions): Promise<Reply<'ListNetworks'>> {
    return this.get('networks', {}, options);
  }

  /** One network, with its hosts and containers. */
  readNetwork(name: string, options?: CallOptions): Promise<Reply<'ReadNetwork'>> {
    return this.get(`networks/${encodeURIComponent(name)}`, {}, options);
  }

  /** Publishes ports of containers on hosts, and gives them back. */
  port<O extends PortOperation>(
    operation: O,
    parameters: OperationParameters<'Port', O>,
    options?: CallOptions,
  ): Promise<OperationReply<'Port', O>> {
    return this.post<OperationReply<'Port', O>>('ports', operation, parameters, options);
  }

  ports(options?: CallOptions): Promise<Reply<'ListPorts'>> {
    return this.get('ports', {}, options);
  }
}
