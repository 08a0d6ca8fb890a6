/** The networks over several hosts: their ports; which hosts are ready, which container has which address, and conflicts. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { WireNetwork } from '../model/api-types.js';
import { count } from '../model/format.js';
import { shownNetworks, shownPorts, watchNetworks } from '../state/networks.js';
import { select } from '../state/ui.js';

/** A list of thousands would be slow, and nobody reads it. */
const shownMax = 200;

export function Networks() {
  useEffect(watchNetworks, []);
  const shown = shownNetworks.value;
  if (shown === undefined) return <p class="side-empty">Reading the networks…</p>;
  if (typeof shown === 'string') return <p class="side-empty">The networks cannot be read: {shown}</p>;
  if (shown.length === 0)
    return (
      <p class="side-empty">
        There is no network over several pools. On one, a container keeps its address when it moves:{' '}
        <code>copa network create lan</code>
      </p>
    );
  return (
    <ol class="policies">
      {shown.map((network) => (
        <Network key={network.name} network={network} />
      ))}
    </ol>
  );
}

function Network({ network }: { readonly network: WireNetwork }) {
  const { name, subnet, gateway, mtu, encrypted, state, hosts, containers, conflicts } = network;
  const isOpen = useSignal(false);
  const ready = hosts.filter((host) => host.state === 'ready');
  return (
    <li class="policy">
      <h3>{name}</h3>
      <p>
        {subnet}, gateway {gateway}, packets of {mtu} bytes{encrypted ? ', encrypted between hosts' : ''}
      </p>
      <p>
        {state === 'deleting'
          ? 'It is being removed from its pools.'
          : `Ready on ${ready.length} of ${count(hosts.length, 'pool')}`}
      </p>
      {hosts
        .filter((host) => host.state !== 'ready')
        .map((host) => (
          <p key={host.pool} class="network-trouble">
            {host.pool}: {host.problem ?? host.state}
          </p>
        ))}
      {conflicts.map(({ message }) => (
        <p key={message} class="network-trouble">
          Conflict: {message}
        </p>
      ))}
      <div class="policy-actions">
        <button
          class="button small"
          aria-expanded={isOpen.value}
          onClick={() => (isOpen.value = !isOpen.value)}
        >
          {count(hosts.length + containers.length, 'address', 'addresses')}
          <span class="visually-hidden"> of {name}</span>
        </button>
      </div>
      <Ports network={name} />
      {isOpen.value && <Addresses network={network} />}
    </li>
  );
}

/** Which port leads to which container, and where it does not, or hides a program of the host. */
function Ports({ network }: { readonly network: string }) {
  const ports = shownPorts.value.filter((port) => port.network === network);
  if (ports.length === 0) return null;
  return (
    <ul class="network-ports" aria-label={`Published ports of ${network}`}>
      {ports
        .slice(0, shownMax)
        .map(({ protocol, port, container_pool, container_name, container_port, hosts }) => (
          <li key={`${protocol} ${port} ${container_pool} ${container_name}`}>
            {protocol} port {port} of {hosts.length === 1 ? hosts[0]?.pool : count(hosts.length, 'pool')}{' '}
            leads to{' '}
            <button
              class="button small"
              onClick={() => select({ pool: container_pool, name: container_name })}
            >
              {container_name}
            </button>{' '}
            port {container_port}
            {hosts
              .filter((host) => host.state !== 'ready' || host.problem !== null)
              .map((host) => (
                <p key={host.pool} class="network-trouble">
                  {host.pool}: {host.problem ?? host.state}
                </p>
              ))}
          </li>
        ))}
      {ports.length > shownMax && <li>and {ports.length - shownMax} more: copa ports</li>}
    </ul>
  );
}

function Addresses({ network: { hosts, containers } }: { readonly network: WireNetwork }) {
  const all = [
    ...containers.map(({ address, pool, container, state }) => ({ address, pool, container, state })),
    ...hosts.map(({ address, pool }) => ({ address, pool, container: undefined, state: undefined })),
  ].sort((a, b) => numberOf(a.address) - numberOf(b.address));
  return (
    <table class="network-addresses">
      <thead class="visually-hidden">
        <tr>
          <th scope="col">Address</th>
          <th scope="col">Of</th>
          <th scope="col">Pool</th>
        </tr>
      </thead>
      <tbody>
        {all.slice(0, shownMax).map(({ address, pool, container, state }) => (
          <tr key={address}>
            <td>{address}</td>
            <td>
              {container === undefined ? (
                'the host'
              ) : state === 'reserved' ? (
                `${container} (reserved)`
              ) : (
                <button class="button small" onClick={() => select({ pool, name: container })}>
                  {container}
                </button>
              )}
            </td>
            <td>{pool}</td>
          </tr>
        ))}
        {all.length > shownMax && (
          <tr>
            <td colSpan={3}>and {all.length - shownMax} more: copa network info</td>
          </tr>
        )}
      </tbody>
    </table>
  );
}

function numberOf(address: string): number {
  return address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
}
