// Original file: proto/copa/agent/v1/measurements.proto

export interface MeasurementSummary {
  cpu?: number | string;
  memory?: number | string;
  throughput?: number | string;
  _cpu?: 'cpu';
  _memory?: 'memory';
  _throughput?: 'throughput';
}

export interface MeasurementSummary__Output {
  cpu?: number;
  memory?: number;
  throughput?: number;
  _cpu?: 'cpu';
  _memory?: 'memory';
  _throughput?: 'throughput';
}
