// Original file: proto/copa/agent/v1/agent.proto

import type * as grpc from '@grpc/grpc-js';
import type { MethodDefinition } from '@grpc/proto-loader';
import type {
  ActivateDestinationRequest as _copa_agent_v1_ActivateDestinationRequest,
  ActivateDestinationRequest__Output as _copa_agent_v1_ActivateDestinationRequest__Output,
} from '../../../copa/agent/v1/ActivateDestinationRequest.js';
import type {
  Answer as _copa_agent_v1_Answer,
  Answer__Output as _copa_agent_v1_Answer__Output,
} from '../../../copa/agent/v1/Answer.js';
import type {
  AppendMeasurementsReply as _copa_agent_v1_AppendMeasurementsReply,
  AppendMeasurementsReply__Output as _copa_agent_v1_AppendMeasurementsReply__Output,
} from '../../../copa/agent/v1/AppendMeasurementsReply.js';
import type {
  AppendMeasurementsRequest as _copa_agent_v1_AppendMeasurementsRequest,
  AppendMeasurementsRequest__Output as _copa_agent_v1_AppendMeasurementsRequest__Output,
} from '../../../copa/agent/v1/AppendMeasurementsRequest.js';
import type {
  ApplyNamesReply as _copa_agent_v1_ApplyNamesReply,
  ApplyNamesReply__Output as _copa_agent_v1_ApplyNamesReply__Output,
} from '../../../copa/agent/v1/ApplyNamesReply.js';
import type {
  ApplyNamesRequest as _copa_agent_v1_ApplyNamesRequest,
  ApplyNamesRequest__Output as _copa_agent_v1_ApplyNamesRequest__Output,
} from '../../../copa/agent/v1/ApplyNamesRequest.js';
import type {
  ApplyNetworksReply as _copa_agent_v1_ApplyNetworksReply,
  ApplyNetworksReply__Output as _copa_agent_v1_ApplyNetworksReply__Output,
} from '../../../copa/agent/v1/ApplyNetworksReply.js';
import type {
  ApplyNetworksRequest as _copa_agent_v1_ApplyNetworksRequest,
  ApplyNetworksRequest__Output as _copa_agent_v1_ApplyNetworksRequest__Output,
} from '../../../copa/agent/v1/ApplyNetworksRequest.js';
import type {
  ApplyPortsReply as _copa_agent_v1_ApplyPortsReply,
  ApplyPortsReply__Output as _copa_agent_v1_ApplyPortsReply__Output,
} from '../../../copa/agent/v1/ApplyPortsReply.js';
import type {
  ApplyPortsRequest as _copa_agent_v1_ApplyPortsRequest,
  ApplyPortsRequest__Output as _copa_agent_v1_ApplyPortsRequest__Output,
} from '../../../copa/agent/v1/ApplyPortsRequest.js';
import type {
  AttachNetworkRequest as _copa_agent_v1_AttachNetworkRequest,
  AttachNetworkRequest__Output as _copa_agent_v1_AttachNetworkRequest__Output,
} from '../../../copa/agent/v1/AttachNetworkRequest.js';
import type {
  CallFrame as _copa_agent_v1_CallFrame,
  CallFrame__Output as _copa_agent_v1_CallFrame__Output,
} from '../../../copa/agent/v1/CallFrame.js';
import type {
  CertificateRequest as _copa_agent_v1_CertificateRequest,
  CertificateRequest__Output as _copa_agent_v1_CertificateRequest__Output,
} from '../../../copa/agent/v1/CertificateRequest.js';
import type {
  CheckDestinationRequest as _copa_agent_v1_CheckDestinationRequest,
  CheckDestinationRequest__Output as _copa_agent_v1_CheckDestinationRequest__Output,
} from '../../../copa/agent/v1/CheckDestinationRequest.js';
import type {
  ConsoleLog as _copa_agent_v1_ConsoleLog,
  ConsoleLog__Output as _copa_agent_v1_ConsoleLog__Output,
} from '../../../copa/agent/v1/ConsoleLog.js';
import type {
  ContainerRequest as _copa_agent_v1_ContainerRequest,
  ContainerRequest__Output as _copa_agent_v1_ContainerRequest__Output,
} from '../../../copa/agent/v1/ContainerRequest.js';
import type {
  CopyContainerRequest as _copa_agent_v1_CopyContainerRequest,
  CopyContainerRequest__Output as _copa_agent_v1_CopyContainerRequest__Output,
} from '../../../copa/agent/v1/CopyContainerRequest.js';
import type {
  CopyState as _copa_agent_v1_CopyState,
  CopyState__Output as _copa_agent_v1_CopyState__Output,
} from '../../../copa/agent/v1/CopyState.js';
import type {
  CreateContainerRequest as _copa_agent_v1_CreateContainerRequest,
  CreateContainerRequest__Output as _copa_agent_v1_CreateContainerRequest__Output,
} from '../../../copa/agent/v1/CreateContainerRequest.js';
import type {
  DescribeHostRequest as _copa_agent_v1_DescribeHostRequest,
  DescribeHostRequest__Output as _copa_agent_v1_DescribeHostRequest__Output,
} from '../../../copa/agent/v1/DescribeHostRequest.js';
import type {
  DescribeIdentityRequest as _copa_agent_v1_DescribeIdentityRequest,
  DescribeIdentityRequest__Output as _copa_agent_v1_DescribeIdentityRequest__Output,
} from '../../../copa/agent/v1/DescribeIdentityRequest.js';
import type {
  DetachNetworkRequest as _copa_agent_v1_DetachNetworkRequest,
  DetachNetworkRequest__Output as _copa_agent_v1_DetachNetworkRequest__Output,
} from '../../../copa/agent/v1/DetachNetworkRequest.js';
import type {
  Done as _copa_agent_v1_Done,
  Done__Output as _copa_agent_v1_Done__Output,
} from '../../../copa/agent/v1/Done.js';
import type {
  ExecInput as _copa_agent_v1_ExecInput,
  ExecInput__Output as _copa_agent_v1_ExecInput__Output,
} from '../../../copa/agent/v1/ExecInput.js';
import type {
  ExecOutput as _copa_agent_v1_ExecOutput,
  ExecOutput__Output as _copa_agent_v1_ExecOutput__Output,
} from '../../../copa/agent/v1/ExecOutput.js';
import type {
  ExecuteReply as _copa_agent_v1_ExecuteReply,
  ExecuteReply__Output as _copa_agent_v1_ExecuteReply__Output,
} from '../../../copa/agent/v1/ExecuteReply.js';
import type {
  ExecuteRequest as _copa_agent_v1_ExecuteRequest,
  ExecuteRequest__Output as _copa_agent_v1_ExecuteRequest__Output,
} from '../../../copa/agent/v1/ExecuteRequest.js';
import type {
  Findings as _copa_agent_v1_Findings,
  Findings__Output as _copa_agent_v1_Findings__Output,
} from '../../../copa/agent/v1/Findings.js';
import type {
  GetInformationReply as _copa_agent_v1_GetInformationReply,
  GetInformationReply__Output as _copa_agent_v1_GetInformationReply__Output,
} from '../../../copa/agent/v1/GetInformationReply.js';
import type {
  GetInformationRequest as _copa_agent_v1_GetInformationRequest,
  GetInformationRequest__Output as _copa_agent_v1_GetInformationRequest__Output,
} from '../../../copa/agent/v1/GetInformationRequest.js';
import type {
  HoldSourceRequest as _copa_agent_v1_HoldSourceRequest,
  HoldSourceRequest__Output as _copa_agent_v1_HoldSourceRequest__Output,
} from '../../../copa/agent/v1/HoldSourceRequest.js';
import type {
  Host as _copa_agent_v1_Host,
  Host__Output as _copa_agent_v1_Host__Output,
} from '../../../copa/agent/v1/Host.js';
import type {
  HostIdentity as _copa_agent_v1_HostIdentity,
  HostIdentity__Output as _copa_agent_v1_HostIdentity__Output,
} from '../../../copa/agent/v1/HostIdentity.js';
import type {
  ImageEvent as _copa_agent_v1_ImageEvent,
  ImageEvent__Output as _copa_agent_v1_ImageEvent__Output,
} from '../../../copa/agent/v1/ImageEvent.js';
import type {
  InspectSourceRequest as _copa_agent_v1_InspectSourceRequest,
  InspectSourceRequest__Output as _copa_agent_v1_InspectSourceRequest__Output,
} from '../../../copa/agent/v1/InspectSourceRequest.js';
import type {
  InstallCertificateRequest as _copa_agent_v1_InstallCertificateRequest,
  InstallCertificateRequest__Output as _copa_agent_v1_InstallCertificateRequest__Output,
} from '../../../copa/agent/v1/InstallCertificateRequest.js';
import type {
  KeepCopyRequest as _copa_agent_v1_KeepCopyRequest,
  KeepCopyRequest__Output as _copa_agent_v1_KeepCopyRequest__Output,
} from '../../../copa/agent/v1/KeepCopyRequest.js';
import type {
  ListContainersReply as _copa_agent_v1_ListContainersReply,
  ListContainersReply__Output as _copa_agent_v1_ListContainersReply__Output,
} from '../../../copa/agent/v1/ListContainersReply.js';
import type {
  ListContainersRequest as _copa_agent_v1_ListContainersRequest,
  ListContainersRequest__Output as _copa_agent_v1_ListContainersRequest__Output,
} from '../../../copa/agent/v1/ListContainersRequest.js';
import type {
  ListImagesReply as _copa_agent_v1_ListImagesReply,
  ListImagesReply__Output as _copa_agent_v1_ListImagesReply__Output,
} from '../../../copa/agent/v1/ListImagesReply.js';
import type {
  ListImagesRequest as _copa_agent_v1_ListImagesRequest,
  ListImagesRequest__Output as _copa_agent_v1_ListImagesRequest__Output,
} from '../../../copa/agent/v1/ListImagesRequest.js';
import type {
  ListMarksReply as _copa_agent_v1_ListMarksReply,
  ListMarksReply__Output as _copa_agent_v1_ListMarksReply__Output,
} from '../../../copa/agent/v1/ListMarksReply.js';
import type {
  ListMarksRequest as _copa_agent_v1_ListMarksRequest,
  ListMarksRequest__Output as _copa_agent_v1_ListMarksRequest__Output,
} from '../../../copa/agent/v1/ListMarksRequest.js';
import type {
  ListSnapshotsReply as _copa_agent_v1_ListSnapshotsReply,
  ListSnapshotsReply__Output as _copa_agent_v1_ListSnapshotsReply__Output,
} from '../../../copa/agent/v1/ListSnapshotsReply.js';
import type {
  Manifest as _copa_agent_v1_Manifest,
  Manifest__Output as _copa_agent_v1_Manifest__Output,
} from '../../../copa/agent/v1/Manifest.js';
import type {
  MeasurementSummary as _copa_agent_v1_MeasurementSummary,
  MeasurementSummary__Output as _copa_agent_v1_MeasurementSummary__Output,
} from '../../../copa/agent/v1/MeasurementSummary.js';
import type {
  MigrationCommand as _copa_agent_v1_MigrationCommand,
  MigrationCommand__Output as _copa_agent_v1_MigrationCommand__Output,
} from '../../../copa/agent/v1/MigrationCommand.js';
import type {
  ParkContainerRequest as _copa_agent_v1_ParkContainerRequest,
  ParkContainerRequest__Output as _copa_agent_v1_ParkContainerRequest__Output,
} from '../../../copa/agent/v1/ParkContainerRequest.js';
import type {
  PrepareCertificateRequest as _copa_agent_v1_PrepareCertificateRequest,
  PrepareCertificateRequest__Output as _copa_agent_v1_PrepareCertificateRequest__Output,
} from '../../../copa/agent/v1/PrepareCertificateRequest.js';
import type {
  ProbeStreamRequest as _copa_agent_v1_ProbeStreamRequest,
  ProbeStreamRequest__Output as _copa_agent_v1_ProbeStreamRequest__Output,
} from '../../../copa/agent/v1/ProbeStreamRequest.js';
import type {
  Question as _copa_agent_v1_Question,
  Question__Output as _copa_agent_v1_Question__Output,
} from '../../../copa/agent/v1/Question.js';
import type {
  ReadMeasurementsReply as _copa_agent_v1_ReadMeasurementsReply,
  ReadMeasurementsReply__Output as _copa_agent_v1_ReadMeasurementsReply__Output,
} from '../../../copa/agent/v1/ReadMeasurementsReply.js';
import type {
  ReadMeasurementsRequest as _copa_agent_v1_ReadMeasurementsRequest,
  ReadMeasurementsRequest__Output as _copa_agent_v1_ReadMeasurementsRequest__Output,
} from '../../../copa/agent/v1/ReadMeasurementsRequest.js';
import type {
  ReceiveCopyRequest as _copa_agent_v1_ReceiveCopyRequest,
  ReceiveCopyRequest__Output as _copa_agent_v1_ReceiveCopyRequest__Output,
} from '../../../copa/agent/v1/ReceiveCopyRequest.js';
import type {
  ReceiveImageRequest as _copa_agent_v1_ReceiveImageRequest,
  ReceiveImageRequest__Output as _copa_agent_v1_ReceiveImageRequest__Output,
} from '../../../copa/agent/v1/ReceiveImageRequest.js';
import type {
  ReceiveTrafficRequest as _copa_agent_v1_ReceiveTrafficRequest,
  ReceiveTrafficRequest__Output as _copa_agent_v1_ReceiveTrafficRequest__Output,
} from '../../../copa/agent/v1/ReceiveTrafficRequest.js';
import type {
  RemoveMarkRequest as _copa_agent_v1_RemoveMarkRequest,
  RemoveMarkRequest__Output as _copa_agent_v1_RemoveMarkRequest__Output,
} from '../../../copa/agent/v1/RemoveMarkRequest.js';
import type {
  RemoveSourceRequest as _copa_agent_v1_RemoveSourceRequest,
  RemoveSourceRequest__Output as _copa_agent_v1_RemoveSourceRequest__Output,
} from '../../../copa/agent/v1/RemoveSourceRequest.js';
import type {
  RenameContainerRequest as _copa_agent_v1_RenameContainerRequest,
  RenameContainerRequest__Output as _copa_agent_v1_RenameContainerRequest__Output,
} from '../../../copa/agent/v1/RenameContainerRequest.js';
import type {
  ReplyFrame as _copa_agent_v1_ReplyFrame,
  ReplyFrame__Output as _copa_agent_v1_ReplyFrame__Output,
} from '../../../copa/agent/v1/ReplyFrame.js';
import type {
  RestoreSnapshotRequest as _copa_agent_v1_RestoreSnapshotRequest,
  RestoreSnapshotRequest__Output as _copa_agent_v1_RestoreSnapshotRequest__Output,
} from '../../../copa/agent/v1/RestoreSnapshotRequest.js';
import type {
  RestoreSourceRequest as _copa_agent_v1_RestoreSourceRequest,
  RestoreSourceRequest__Output as _copa_agent_v1_RestoreSourceRequest__Output,
} from '../../../copa/agent/v1/RestoreSourceRequest.js';
import type {
  SendCopyRequest as _copa_agent_v1_SendCopyRequest,
  SendCopyRequest__Output as _copa_agent_v1_SendCopyRequest__Output,
} from '../../../copa/agent/v1/SendCopyRequest.js';
import type {
  SendImageRequest as _copa_agent_v1_SendImageRequest,
  SendImageRequest__Output as _copa_agent_v1_SendImageRequest__Output,
} from '../../../copa/agent/v1/SendImageRequest.js';
import type {
  SendTrafficRequest as _copa_agent_v1_SendTrafficRequest,
  SendTrafficRequest__Output as _copa_agent_v1_SendTrafficRequest__Output,
} from '../../../copa/agent/v1/SendTrafficRequest.js';
import type {
  SetLabelsRequest as _copa_agent_v1_SetLabelsRequest,
  SetLabelsRequest__Output as _copa_agent_v1_SetLabelsRequest__Output,
} from '../../../copa/agent/v1/SetLabelsRequest.js';
import type {
  SetLimitsRequest as _copa_agent_v1_SetLimitsRequest,
  SetLimitsRequest__Output as _copa_agent_v1_SetLimitsRequest__Output,
} from '../../../copa/agent/v1/SetLimitsRequest.js';
import type {
  SetLinkPeersRequest as _copa_agent_v1_SetLinkPeersRequest,
  SetLinkPeersRequest__Output as _copa_agent_v1_SetLinkPeersRequest__Output,
} from '../../../copa/agent/v1/SetLinkPeersRequest.js';
import type {
  SettleDestinationReply as _copa_agent_v1_SettleDestinationReply,
  SettleDestinationReply__Output as _copa_agent_v1_SettleDestinationReply__Output,
} from '../../../copa/agent/v1/SettleDestinationReply.js';
import type {
  SettleDestinationRequest as _copa_agent_v1_SettleDestinationRequest,
  SettleDestinationRequest__Output as _copa_agent_v1_SettleDestinationRequest__Output,
} from '../../../copa/agent/v1/SettleDestinationRequest.js';
import type {
  SnapshotRequest as _copa_agent_v1_SnapshotRequest,
  SnapshotRequest__Output as _copa_agent_v1_SnapshotRequest__Output,
} from '../../../copa/agent/v1/SnapshotRequest.js';
import type {
  StopContainerRequest as _copa_agent_v1_StopContainerRequest,
  StopContainerRequest__Output as _copa_agent_v1_StopContainerRequest__Output,
} from '../../../copa/agent/v1/StopContainerRequest.js';
import type {
  SummarizeMeasurementsRequest as _copa_agent_v1_SummarizeMeasurementsRequest,
  SummarizeMeasurementsRequest__Output as _copa_agent_v1_SummarizeMeasurementsRequest__Output,
} from '../../../copa/agent/v1/SummarizeMeasurementsRequest.js';
import type {
  TrafficEvent as _copa_agent_v1_TrafficEvent,
  TrafficEvent__Output as _copa_agent_v1_TrafficEvent__Output,
} from '../../../copa/agent/v1/TrafficEvent.js';
import type {
  TransferEvent as _copa_agent_v1_TransferEvent,
  TransferEvent__Output as _copa_agent_v1_TransferEvent__Output,
} from '../../../copa/agent/v1/TransferEvent.js';
import type {
  UnparkContainerRequest as _copa_agent_v1_UnparkContainerRequest,
  UnparkContainerRequest__Output as _copa_agent_v1_UnparkContainerRequest__Output,
} from '../../../copa/agent/v1/UnparkContainerRequest.js';
import type {
  UpdateTrustRequest as _copa_agent_v1_UpdateTrustRequest,
  UpdateTrustRequest__Output as _copa_agent_v1_UpdateTrustRequest__Output,
} from '../../../copa/agent/v1/UpdateTrustRequest.js';
import type {
  Usage as _copa_agent_v1_Usage,
  Usage__Output as _copa_agent_v1_Usage__Output,
} from '../../../copa/agent/v1/Usage.js';
import type {
  WatchEvent as _copa_agent_v1_WatchEvent,
  WatchEvent__Output as _copa_agent_v1_WatchEvent__Output,
} from '../../../copa/agent/v1/WatchEvent.js';
import type {
  WatchRequest as _copa_agent_v1_WatchRequest,
  WatchRequest__Output as _copa_agent_v1_WatchRequest__Output,
} from '../../../copa/agent/v1/WatchRequest.js';
import type {
  WatchUsageRequest as _copa_agent_v1_WatchUsageRequest,
  WatchUsageRequest__Output as _copa_agent_v1_WatchUsageRequest__Output,
} from '../../../copa/agent/v1/WatchUsageRequest.js';

export interface AgentClient extends grpc.Client {
  ActivateDestination(
    argument: _copa_agent_v1_ActivateDestinationRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_CopyState__Output>,
  ): grpc.ClientUnaryCall;
  ActivateDestination(
    argument: _copa_agent_v1_ActivateDestinationRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_CopyState__Output>,
  ): grpc.ClientUnaryCall;
  ActivateDestination(
    argument: _copa_agent_v1_ActivateDestinationRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_CopyState__Output>,
  ): grpc.ClientUnaryCall;
  ActivateDestination(
    argument: _copa_agent_v1_ActivateDestinationRequest,
    callback: grpc.requestCallback<_copa_agent_v1_CopyState__Output>,
  ): grpc.ClientUnaryCall;
  activateDestination(
    argument: _copa_agent_v1_ActivateDestinationRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_CopyState__Output>,
  ): grpc.ClientUnaryCall;
  activateDestination(
    argument: _copa_agent_v1_ActivateDestinationRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_CopyState__Output>,
  ): grpc.ClientUnaryCall;
  activateDestination(
    argument: _copa_agent_v1_ActivateDestinationRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_CopyState__Output>,
  ): grpc.ClientUnaryCall;
  activateDestination(
    argument: _copa_agent_v1_ActivateDestinationRequest,
    callback: grpc.requestCallback<_copa_agent_v1_CopyState__Output>,
  ): grpc.ClientUnaryCall;

  AppendMeasurements(
    argument: _copa_agent_v1_AppendMeasurementsRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_AppendMeasurementsReply__Output>,
  ): grpc.ClientUnaryCall;
  AppendMeasurements(
    argument: _copa_agent_v1_AppendMeasurementsRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_AppendMeasurementsReply__Output>,
  ): grpc.ClientUnaryCall;
  AppendMeasurements(
    argument: _copa_agent_v1_AppendMeasurementsRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_AppendMeasurementsReply__Output>,
  ): grpc.ClientUnaryCall;
  AppendMeasurements(
    argument: _copa_agent_v1_AppendMeasurementsRequest,
    callback: grpc.requestCallback<_copa_agent_v1_AppendMeasurementsReply__Output>,
  ): grpc.ClientUnaryCall;
  appendMeasurements(
    argument: _copa_agent_v1_AppendMeasurementsRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_AppendMeasurementsReply__Output>,
  ): grpc.ClientUnaryCall;
  appendMeasurements(
    argument: _copa_agent_v1_AppendMeasurementsRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_AppendMeasurementsReply__Output>,
  ): grpc.ClientUnaryCall;
  appendMeasurements(
    argument: _copa_agent_v1_AppendMeasurementsRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_AppendMeasurementsReply__Output>,
  ): grpc.ClientUnaryCall;
  appendMeasurements(
    argument: _copa_agent_v1_AppendMeasurementsRequest,
    callback: grpc.requestCallback<_copa_agent_v1_AppendMeasurementsReply__Output>,
  ): grpc.ClientUnaryCall;

  ApplyNames(
    argument: _copa_agent_v1_ApplyNamesRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_ApplyNamesReply__Output>,
  ): grpc.ClientUnaryCall;
  ApplyNames(
    argument: _copa_agent_v1_ApplyNamesRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_ApplyNamesReply__Output>,
  ): grpc.ClientUnaryCall;
  ApplyNames(
    argument: _copa_agent_v1_ApplyNamesRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_ApplyNamesReply__Output>,
  ): grpc.ClientUnaryCall;
  ApplyNames(
    argument: _copa_agent_v1_ApplyNamesRequest,
    callback: grpc.requestCallback<_copa_agent_v1_ApplyNamesReply__Output>,
  ): grpc.ClientUnaryCall;
  applyNames(
    argument: _copa_agent_v1_ApplyNamesRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_ApplyNamesReply__Output>,
  ): grpc.ClientUnaryCall;
  applyNames(
    argument: _copa_agent_v1_ApplyNamesRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_ApplyNamesReply__Output>,
  ): grpc.ClientUnaryCall;
  applyNames(
    argument: _copa_agent_v1_ApplyNamesRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_ApplyNamesReply__Output>,
  ): grpc.ClientUnaryCall;
  applyNames(
    argument: _copa_agent_v1_ApplyNamesRequest,
    callback: grpc.requestCallback<_copa_agent_v1_ApplyNamesReply__Output>,
  ): grpc.ClientUnaryCall;

  ApplyNetworks(
    argument: _copa_agent_v1_ApplyNetworksRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_ApplyNetworksReply__Output>,
  ): grpc.ClientUnaryCall;
  ApplyNetworks(
    argument: _copa_agent_v1_ApplyNetworksRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_ApplyNetworksReply__Output>,
  ): grpc.ClientUnaryCall;
  ApplyNetworks(
    argument: _copa_agent_v1_ApplyNetworksRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_ApplyNetworksReply__Output>,
  ): grpc.ClientUnaryCall;
  ApplyNetworks(
    argument: _copa_agent_v1_ApplyNetworksRequest,
    callback: grpc.requestCallback<_copa_agent_v1_ApplyNetworksReply__Output>,
  ): grpc.ClientUnaryCall;
  applyNetworks(
    argument: _copa_agent_v1_ApplyNetworksRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_ApplyNetworksReply__Output>,
  ): grpc.ClientUnaryCall;
  applyNetworks(
    argument: _copa_agent_v1_ApplyNetworksRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_ApplyNetworksReply__Output>,
  ): grpc.ClientUnaryCall;
  applyNetworks(
    argument: _copa_agent_v1_ApplyNetworksRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_ApplyNetworksReply__Output>,
  ): grpc.ClientUnaryCall;
  applyNetworks(
    argument: _copa_agent_v1_ApplyNetworksRequest,
    callback: grpc.requestCallback<_copa_agent_v1_ApplyNetworksReply__Output>,
  ): grpc.ClientUnaryCall;

  ApplyPorts(
    argument: _copa_agent_v1_ApplyPortsRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_ApplyPortsReply__Output>,
  ): grpc.ClientUnaryCall;
  ApplyPorts(
    argument: _copa_agent_v1_ApplyPortsRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_ApplyPortsReply__Output>,
  ): grpc.ClientUnaryCall;
  ApplyPorts(
    argument: _copa_agent_v1_ApplyPortsRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_ApplyPortsReply__Output>,
  ): grpc.ClientUnaryCall;
  ApplyPorts(
    argument: _copa_agent_v1_ApplyPortsRequest,
    callback: grpc.requestCallback<_copa_agent_v1_ApplyPortsReply__Output>,
  ): grpc.ClientUnaryCall;
  applyPorts(
    argument: _copa_agent_v1_ApplyPortsRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_ApplyPortsReply__Output>,
  ): grpc.ClientUnaryCall;
  applyPorts(
    argument: _copa_agent_v1_ApplyPortsRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_ApplyPortsReply__Output>,
  ): grpc.ClientUnaryCall;
  applyPorts(
    argument: _copa_agent_v1_ApplyPortsRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_ApplyPortsReply__Output>,
  ): grpc.ClientUnaryCall;
  applyPorts(
    argument: _copa_agent_v1_ApplyPortsRequest,
    callback: grpc.requestCallback<_copa_agent_v1_ApplyPortsReply__Output>,
  ): grpc.ClientUnaryCall;

  Ask(
    metadata: grpc.Metadata,
    options?: grpc.CallOptions,
  ): grpc.ClientDuplexStream<_copa_agent_v1_Question, _copa_agent_v1_Answer__Output>;
  Ask(
    options?: grpc.CallOptions,
  ): grpc.ClientDuplexStream<_copa_agent_v1_Question, _copa_agent_v1_Answer__Output>;
  ask(
    metadata: grpc.Metadata,
    options?: grpc.CallOptions,
  ): grpc.ClientDuplexStream<_copa_agent_v1_Question, _copa_agent_v1_Answer__Output>;
  ask(
    options?: grpc.CallOptions,
  ): grpc.ClientDuplexStream<_copa_agent_v1_Question, _copa_agent_v1_Answer__Output>;

  AttachNetwork(
    argument: _copa_agent_v1_AttachNetworkRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  AttachNetwork(
    argument: _copa_agent_v1_AttachNetworkRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  AttachNetwork(
    argument: _copa_agent_v1_AttachNetworkRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  AttachNetwork(
    argument: _copa_agent_v1_AttachNetworkRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  attachNetwork(
    argument: _copa_agent_v1_AttachNetworkRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  attachNetwork(
    argument: _copa_agent_v1_AttachNetworkRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  attachNetwork(
    argument: _copa_agent_v1_AttachNetworkRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  attachNetwork(
    argument: _copa_agent_v1_AttachNetworkRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;

  CheckDestination(
    argument: _copa_agent_v1_CheckDestinationRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Findings__Output>,
  ): grpc.ClientUnaryCall;
  CheckDestination(
    argument: _copa_agent_v1_CheckDestinationRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Findings__Output>,
  ): grpc.ClientUnaryCall;
  CheckDestination(
    argument: _copa_agent_v1_CheckDestinationRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Findings__Output>,
  ): grpc.ClientUnaryCall;
  CheckDestination(
    argument: _copa_agent_v1_CheckDestinationRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Findings__Output>,
  ): grpc.ClientUnaryCall;
  checkDestination(
    argument: _copa_agent_v1_CheckDestinationRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Findings__Output>,
  ): grpc.ClientUnaryCall;
  checkDestination(
    argument: _copa_agent_v1_CheckDestinationRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Findings__Output>,
  ): grpc.ClientUnaryCall;
  checkDestination(
    argument: _copa_agent_v1_CheckDestinationRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Findings__Output>,
  ): grpc.ClientUnaryCall;
  checkDestination(
    argument: _copa_agent_v1_CheckDestinationRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Findings__Output>,
  ): grpc.ClientUnaryCall;

  ClaimSource(
    argument: _copa_agent_v1_MigrationCommand,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_CopyState__Output>,
  ): grpc.ClientUnaryCall;
  ClaimSource(
    argument: _copa_agent_v1_MigrationCommand,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_CopyState__Output>,
  ): grpc.ClientUnaryCall;
  ClaimSource(
    argument: _copa_agent_v1_MigrationCommand,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_CopyState__Output>,
  ): grpc.ClientUnaryCall;
  ClaimSource(
    argument: _copa_agent_v1_MigrationCommand,
    callback: grpc.requestCallback<_copa_agent_v1_CopyState__Output>,
  ): grpc.ClientUnaryCall;
  claimSource(
    argument: _copa_agent_v1_MigrationCommand,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_CopyState__Output>,
  ): grpc.ClientUnaryCall;
  claimSource(
    argument: _copa_agent_v1_MigrationCommand,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_CopyState__Output>,
  ): grpc.ClientUnaryCall;
  claimSource(
    argument: _copa_agent_v1_MigrationCommand,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_CopyState__Output>,
  ): grpc.ClientUnaryCall;
  claimSource(
    argument: _copa_agent_v1_MigrationCommand,
    callback: grpc.requestCallback<_copa_agent_v1_CopyState__Output>,
  ): grpc.ClientUnaryCall;

  CopyContainer(
    argument: _copa_agent_v1_CopyContainerRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  CopyContainer(
    argument: _copa_agent_v1_CopyContainerRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  CopyContainer(
    argument: _copa_agent_v1_CopyContainerRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  CopyContainer(
    argument: _copa_agent_v1_CopyContainerRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  copyContainer(
    argument: _copa_agent_v1_CopyContainerRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  copyContainer(
    argument: _copa_agent_v1_CopyContainerRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  copyContainer(
    argument: _copa_agent_v1_CopyContainerRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  copyContainer(
    argument: _copa_agent_v1_CopyContainerRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;

  CreateContainer(
    argument: _copa_agent_v1_CreateContainerRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  CreateContainer(
    argument: _copa_agent_v1_CreateContainerRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  CreateContainer(
    argument: _copa_agent_v1_CreateContainerRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  CreateContainer(
    argument: _copa_agent_v1_CreateContainerRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  createContainer(
    argument: _copa_agent_v1_CreateContainerRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  createContainer(
    argument: _copa_agent_v1_CreateContainerRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  createContainer(
    argument: _copa_agent_v1_CreateContainerRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  createContainer(
    argument: _copa_agent_v1_CreateContainerRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;

  CreateSnapshot(
    argument: _copa_agent_v1_SnapshotRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  CreateSnapshot(
    argument: _copa_agent_v1_SnapshotRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  CreateSnapshot(
    argument: _copa_agent_v1_SnapshotRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  CreateSnapshot(
    argument: _copa_agent_v1_SnapshotRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  createSnapshot(
    argument: _copa_agent_v1_SnapshotRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  createSnapshot(
    argument: _copa_agent_v1_SnapshotRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  createSnapshot(
    argument: _copa_agent_v1_SnapshotRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  createSnapshot(
    argument: _copa_agent_v1_SnapshotRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;

  DeleteContainer(
    argument: _copa_agent_v1_ContainerRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  DeleteContainer(
    argument: _copa_agent_v1_ContainerRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  DeleteContainer(
    argument: _copa_agent_v1_ContainerRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  DeleteContainer(
    argument: _copa_agent_v1_ContainerRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  deleteContainer(
    argument: _copa_agent_v1_ContainerRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  deleteContainer(
    argument: _copa_agent_v1_ContainerRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  deleteContainer(
    argument: _copa_agent_v1_ContainerRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  deleteContainer(
    argument: _copa_agent_v1_ContainerRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;

  DeleteSnapshot(
    argument: _copa_agent_v1_SnapshotRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  DeleteSnapshot(
    argument: _copa_agent_v1_SnapshotRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  DeleteSnapshot(
    argument: _copa_agent_v1_SnapshotRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  DeleteSnapshot(
    argument: _copa_agent_v1_SnapshotRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  deleteSnapshot(
    argument: _copa_agent_v1_SnapshotRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  deleteSnapshot(
    argument: _copa_agent_v1_SnapshotRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  deleteSnapshot(
    argument: _copa_agent_v1_SnapshotRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  deleteSnapshot(
    argument: _copa_agent_v1_SnapshotRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;

  DescribeHost(
    argument: _copa_agent_v1_DescribeHostRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Host__Output>,
  ): grpc.ClientUnaryCall;
  DescribeHost(
    argument: _copa_agent_v1_DescribeHostRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Host__Output>,
  ): grpc.ClientUnaryCall;
  DescribeHost(
    argument: _copa_agent_v1_DescribeHostRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Host__Output>,
  ): grpc.ClientUnaryCall;
  DescribeHost(
    argument: _copa_agent_v1_DescribeHostRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Host__Output>,
  ): grpc.ClientUnaryCall;
  describeHost(
    argument: _copa_agent_v1_DescribeHostRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Host__Output>,
  ): grpc.ClientUnaryCall;
  describeHost(
    argument: _copa_agent_v1_DescribeHostRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Host__Output>,
  ): grpc.ClientUnaryCall;
  describeHost(
    argument: _copa_agent_v1_DescribeHostRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Host__Output>,
  ): grpc.ClientUnaryCall;
  describeHost(
    argument: _copa_agent_v1_DescribeHostRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Host__Output>,
  ): grpc.ClientUnaryCall;

  DescribeIdentity(
    argument: _copa_agent_v1_DescribeIdentityRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_HostIdentity__Output>,
  ): grpc.ClientUnaryCall;
  DescribeIdentity(
    argument: _copa_agent_v1_DescribeIdentityRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_HostIdentity__Output>,
  ): grpc.ClientUnaryCall;
  DescribeIdentity(
    argument: _copa_agent_v1_DescribeIdentityRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_HostIdentity__Output>,
  ): grpc.ClientUnaryCall;
  DescribeIdentity(
    argument: _copa_agent_v1_DescribeIdentityRequest,
    callback: grpc.requestCallback<_copa_agent_v1_HostIdentity__Output>,
  ): grpc.ClientUnaryCall;
  describeIdentity(
    argument: _copa_agent_v1_DescribeIdentityRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_HostIdentity__Output>,
  ): grpc.ClientUnaryCall;
  describeIdentity(
    argument: _copa_agent_v1_DescribeIdentityRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_HostIdentity__Output>,
  ): grpc.ClientUnaryCall;
  describeIdentity(
    argument: _copa_agent_v1_DescribeIdentityRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_HostIdentity__Output>,
  ): grpc.ClientUnaryCall;
  describeIdentity(
    argument: _copa_agent_v1_DescribeIdentityRequest,
    callback: grpc.requestCallback<_copa_agent_v1_HostIdentity__Output>,
  ): grpc.ClientUnaryCall;

  DescribeSettings(
    argument: _copa_agent_v1_ContainerRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Manifest__Output>,
  ): grpc.ClientUnaryCall;
  DescribeSettings(
    argument: _copa_agent_v1_ContainerRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Manifest__Output>,
  ): grpc.ClientUnaryCall;
  DescribeSettings(
    argument: _copa_agent_v1_ContainerRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Manifest__Output>,
  ): grpc.ClientUnaryCall;
  DescribeSettings(
    argument: _copa_agent_v1_ContainerRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Manifest__Output>,
  ): grpc.ClientUnaryCall;
  describeSettings(
    argument: _copa_agent_v1_ContainerRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Manifest__Output>,
  ): grpc.ClientUnaryCall;
  describeSettings(
    argument: _copa_agent_v1_ContainerRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Manifest__Output>,
  ): grpc.ClientUnaryCall;
  describeSettings(
    argument: _copa_agent_v1_ContainerRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Manifest__Output>,
  ): grpc.ClientUnaryCall;
  describeSettings(
    argument: _copa_agent_v1_ContainerRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Manifest__Output>,
  ): grpc.ClientUnaryCall;

  DetachNetwork(
    argument: _copa_agent_v1_DetachNetworkRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  DetachNetwork(
    argument: _copa_agent_v1_DetachNetworkRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  DetachNetwork(
    argument: _copa_agent_v1_DetachNetworkRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  DetachNetwork(
    argument: _copa_agent_v1_DetachNetworkRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  detachNetwork(
    argument: _copa_agent_v1_DetachNetworkRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  detachNetwork(
    argument: _copa_agent_v1_DetachNetworkRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  detachNetwork(
    argument: _copa_agent_v1_DetachNetworkRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  detachNetwork(
    argument: _copa_agent_v1_DetachNetworkRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;

  Exec(
    metadata: grpc.Metadata,
    options?: grpc.CallOptions,
  ): grpc.ClientDuplexStream<_copa_agent_v1_ExecInput, _copa_agent_v1_ExecOutput__Output>;
  Exec(
    options?: grpc.CallOptions,
  ): grpc.ClientDuplexStream<_copa_agent_v1_ExecInput, _copa_agent_v1_ExecOutput__Output>;
  exec(
    metadata: grpc.Metadata,
    options?: grpc.CallOptions,
  ): grpc.ClientDuplexStream<_copa_agent_v1_ExecInput, _copa_agent_v1_ExecOutput__Output>;
  exec(
    options?: grpc.CallOptions,
  ): grpc.ClientDuplexStream<_copa_agent_v1_ExecInput, _copa_agent_v1_ExecOutput__Output>;

  Execute(
    argument: _copa_agent_v1_ExecuteRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_ExecuteReply__Output>,
  ): grpc.ClientUnaryCall;
  Execute(
    argument: _copa_agent_v1_ExecuteRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_ExecuteReply__Output>,
  ): grpc.ClientUnaryCall;
  Execute(
    argument: _copa_agent_v1_ExecuteRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_ExecuteReply__Output>,
  ): grpc.ClientUnaryCall;
  Execute(
    argument: _copa_agent_v1_ExecuteRequest,
    callback: grpc.requestCallback<_copa_agent_v1_ExecuteReply__Output>,
  ): grpc.ClientUnaryCall;
  execute(
    argument: _copa_agent_v1_ExecuteRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_ExecuteReply__Output>,
  ): grpc.ClientUnaryCall;
  execute(
    argument: _copa_agent_v1_ExecuteRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_ExecuteReply__Output>,
  ): grpc.ClientUnaryCall;
  execute(
    argument: _copa_agent_v1_ExecuteRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_ExecuteReply__Output>,
  ): grpc.ClientUnaryCall;
  execute(
    argument: _copa_agent_v1_ExecuteRequest,
    callback: grpc.requestCallback<_copa_agent_v1_ExecuteReply__Output>,
  ): grpc.ClientUnaryCall;

  FreezeContainer(
    argument: _copa_agent_v1_ContainerRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  FreezeContainer(
    argument: _copa_agent_v1_ContainerRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  FreezeContainer(
    argument: _copa_agent_v1_ContainerRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  FreezeContainer(
    argument: _copa_agent_v1_ContainerRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  freezeContainer(
    argument: _copa_agent_v1_ContainerRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  freezeContainer(
    argument: _copa_agent_v1_ContainerRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  freezeContainer(
    argument: _copa_agent_v1_ContainerRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  freezeContainer(
    argument: _copa_agent_v1_ContainerRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;

  GetConsoleLog(
    argument: _copa_agent_v1_ContainerRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_ConsoleLog__Output>,
  ): grpc.ClientUnaryCall;
  GetConsoleLog(
    argument: _copa_agent_v1_ContainerRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_ConsoleLog__Output>,
  ): grpc.ClientUnaryCall;
  GetConsoleLog(
    argument: _copa_agent_v1_ContainerRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_ConsoleLog__Output>,
  ): grpc.ClientUnaryCall;
  GetConsoleLog(
    argument: _copa_agent_v1_ContainerRequest,
    callback: grpc.requestCallback<_copa_agent_v1_ConsoleLog__Output>,
  ): grpc.ClientUnaryCall;
  getConsoleLog(
    argument: _copa_agent_v1_ContainerRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_ConsoleLog__Output>,
  ): grpc.ClientUnaryCall;
  getConsoleLog(
    argument: _copa_agent_v1_ContainerRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_ConsoleLog__Output>,
  ): grpc.ClientUnaryCall;
  getConsoleLog(
    argument: _copa_agent_v1_ContainerRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_ConsoleLog__Output>,
  ): grpc.ClientUnaryCall;
  getConsoleLog(
    argument: _copa_agent_v1_ContainerRequest,
    callback: grpc.requestCallback<_copa_agent_v1_ConsoleLog__Output>,
  ): grpc.ClientUnaryCall;

  GetInformation(
    argument: _copa_agent_v1_GetInformationRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_GetInformationReply__Output>,
  ): grpc.ClientUnaryCall;
  GetInformation(
    argument: _copa_agent_v1_GetInformationRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_GetInformationReply__Output>,
  ): grpc.ClientUnaryCall;
  GetInformation(
    argument: _copa_agent_v1_GetInformationRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_GetInformationReply__Output>,
  ): grpc.ClientUnaryCall;
  GetInformation(
    argument: _copa_agent_v1_GetInformationRequest,
    callback: grpc.requestCallback<_copa_agent_v1_GetInformationReply__Output>,
  ): grpc.ClientUnaryCall;
  getInformation(
    argument: _copa_agent_v1_GetInformationRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_GetInformationReply__Output>,
  ): grpc.ClientUnaryCall;
  getInformation(
    argument: _copa_agent_v1_GetInformationRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_GetInformationReply__Output>,
  ): grpc.ClientUnaryCall;
  getInformation(
    argument: _copa_agent_v1_GetInformationRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_GetInformationReply__Output>,
  ): grpc.ClientUnaryCall;
  getInformation(
    argument: _copa_agent_v1_GetInformationRequest,
    callback: grpc.requestCallback<_copa_agent_v1_GetInformationReply__Output>,
  ): grpc.ClientUnaryCall;

  HoldSource(
    argument: _copa_agent_v1_HoldSourceRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_CopyState__Output>,
  ): grpc.ClientUnaryCall;
  HoldSource(
    argument: _copa_agent_v1_HoldSourceRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_CopyState__Output>,
  ): grpc.ClientUnaryCall;
  HoldSource(
    argument: _copa_agent_v1_HoldSourceRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_CopyState__Output>,
  ): grpc.ClientUnaryCall;
  HoldSource(
    argument: _copa_agent_v1_HoldSourceRequest,
    callback: grpc.requestCallback<_copa_agent_v1_CopyState__Output>,
  ): grpc.ClientUnaryCall;
  holdSource(
    argument: _copa_agent_v1_HoldSourceRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_CopyState__Output>,
  ): grpc.ClientUnaryCall;
  holdSource(
    argument: _copa_agent_v1_HoldSourceRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_CopyState__Output>,
  ): grpc.ClientUnaryCall;
  holdSource(
    argument: _copa_agent_v1_HoldSourceRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_CopyState__Output>,
  ): grpc.ClientUnaryCall;
  holdSource(
    argument: _copa_agent_v1_HoldSourceRequest,
    callback: grpc.requestCallback<_copa_agent_v1_CopyState__Output>,
  ): grpc.ClientUnaryCall;

  InspectSource(
    argument: _copa_agent_v1_InspectSourceRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Manifest__Output>,
  ): grpc.ClientUnaryCall;
  InspectSource(
    argument: _copa_agent_v1_InspectSourceRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Manifest__Output>,
  ): grpc.ClientUnaryCall;
  InspectSource(
    argument: _copa_agent_v1_InspectSourceRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Manifest__Output>,
  ): grpc.ClientUnaryCall;
  InspectSource(
    argument: _copa_agent_v1_InspectSourceRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Manifest__Output>,
  ): grpc.ClientUnaryCall;
  inspectSource(
    argument: _copa_agent_v1_InspectSourceRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Manifest__Output>,
  ): grpc.ClientUnaryCall;
  inspectSource(
    argument: _copa_agent_v1_InspectSourceRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Manifest__Output>,
  ): grpc.ClientUnaryCall;
  inspectSource(
    argument: _copa_agent_v1_InspectSourceRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Manifest__Output>,
  ): grpc.ClientUnaryCall;
  inspectSource(
    argument: _copa_agent_v1_InspectSourceRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Manifest__Output>,
  ): grpc.ClientUnaryCall;

  InstallCertificate(
    argument: _copa_agent_v1_InstallCertificateRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  InstallCertificate(
    argument: _copa_agent_v1_InstallCertificateRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  InstallCertificate(
    argument: _copa_agent_v1_InstallCertificateRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  InstallCertificate(
    argument: _copa_agent_v1_InstallCertificateRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  installCertificate(
    argument: _copa_agent_v1_InstallCertificateRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  installCertificate(
    argument: _copa_agent_v1_InstallCertificateRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  installCertificate(
    argument: _copa_agent_v1_InstallCertificateRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  installCertificate(
    argument: _copa_agent_v1_InstallCertificateRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;

  KeepCopy(
    argument: _copa_agent_v1_KeepCopyRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  KeepCopy(
    argument: _copa_agent_v1_KeepCopyRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  KeepCopy(
    argument: _copa_agent_v1_KeepCopyRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  KeepCopy(
    argument: _copa_agent_v1_KeepCopyRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  keepCopy(
    argument: _copa_agent_v1_KeepCopyRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  keepCopy(
    argument: _copa_agent_v1_KeepCopyRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  keepCopy(
    argument: _copa_agent_v1_KeepCopyRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  keepCopy(
    argument: _copa_agent_v1_KeepCopyRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;

  ListContainers(
    argument: _copa_agent_v1_ListContainersRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_ListContainersReply__Output>,
  ): grpc.ClientUnaryCall;
  ListContainers(
    argument: _copa_agent_v1_ListContainersRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_ListContainersReply__Output>,
  ): grpc.ClientUnaryCall;
  ListContainers(
    argument: _copa_agent_v1_ListContainersRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_ListContainersReply__Output>,
  ): grpc.ClientUnaryCall;
  ListContainers(
    argument: _copa_agent_v1_ListContainersRequest,
    callback: grpc.requestCallback<_copa_agent_v1_ListContainersReply__Output>,
  ): grpc.ClientUnaryCall;
  listContainers(
    argument: _copa_agent_v1_ListContainersRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_ListContainersReply__Output>,
  ): grpc.ClientUnaryCall;
  listContainers(
    argument: _copa_agent_v1_ListContainersRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_ListContainersReply__Output>,
  ): grpc.ClientUnaryCall;
  listContainers(
    argument: _copa_agent_v1_ListContainersRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_ListContainersReply__Output>,
  ): grpc.ClientUnaryCall;
  listContainers(
    argument: _copa_agent_v1_ListContainersRequest,
    callback: grpc.requestCallback<_copa_agent_v1_ListContainersReply__Output>,
  ): grpc.ClientUnaryCall;

  ListImages(
    argument: _copa_agent_v1_ListImagesRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_ListImagesReply__Output>,
  ): grpc.ClientUnaryCall;
  ListImages(
    argument: _copa_agent_v1_ListImagesRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_ListImagesReply__Output>,
  ): grpc.ClientUnaryCall;
  ListImages(
    argument: _copa_agent_v1_ListImagesRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_ListImagesReply__Output>,
  ): grpc.ClientUnaryCall;
  ListImages(
    argument: _copa_agent_v1_ListImagesRequest,
    callback: grpc.requestCallback<_copa_agent_v1_ListImagesReply__Output>,
  ): grpc.ClientUnaryCall;
  listImages(
    argument: _copa_agent_v1_ListImagesRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_ListImagesReply__Output>,
  ): grpc.ClientUnaryCall;
  listImages(
    argument: _copa_agent_v1_ListImagesRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_ListImagesReply__Output>,
  ): grpc.ClientUnaryCall;
  listImages(
    argument: _copa_agent_v1_ListImagesRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_ListImagesReply__Output>,
  ): grpc.ClientUnaryCall;
  listImages(
    argument: _copa_agent_v1_ListImagesRequest,
    callback: grpc.requestCallback<_copa_agent_v1_ListImagesReply__Output>,
  ): grpc.ClientUnaryCall;

  ListMarks(
    argument: _copa_agent_v1_ListMarksRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_ListMarksReply__Output>,
  ): grpc.ClientUnaryCall;
  ListMarks(
    argument: _copa_agent_v1_ListMarksRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_ListMarksReply__Output>,
  ): grpc.ClientUnaryCall;
  ListMarks(
    argument: _copa_agent_v1_ListMarksRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_ListMarksReply__Output>,
  ): grpc.ClientUnaryCall;
  ListMarks(
    argument: _copa_agent_v1_ListMarksRequest,
    callback: grpc.requestCallback<_copa_agent_v1_ListMarksReply__Output>,
  ): grpc.ClientUnaryCall;
  listMarks(
    argument: _copa_agent_v1_ListMarksRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_ListMarksReply__Output>,
  ): grpc.ClientUnaryCall;
  listMarks(
    argument: _copa_agent_v1_ListMarksRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_ListMarksReply__Output>,
  ): grpc.ClientUnaryCall;
  listMarks(
    argument: _copa_agent_v1_ListMarksRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_ListMarksReply__Output>,
  ): grpc.ClientUnaryCall;
  listMarks(
    argument: _copa_agent_v1_ListMarksRequest,
    callback: grpc.requestCallback<_copa_agent_v1_ListMarksReply__Output>,
  ): grpc.ClientUnaryCall;

  ListSnapshots(
    argument: _copa_agent_v1_ContainerRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_ListSnapshotsReply__Output>,
  ): grpc.ClientUnaryCall;
  ListSnapshots(
    argument: _copa_agent_v1_ContainerRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_ListSnapshotsReply__Output>,
  ): grpc.ClientUnaryCall;
  ListSnapshots(
    argument: _copa_agent_v1_ContainerRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_ListSnapshotsReply__Output>,
  ): grpc.ClientUnaryCall;
  ListSnapshots(
    argument: _copa_agent_v1_ContainerRequest,
    callback: grpc.requestCallback<_copa_agent_v1_ListSnapshotsReply__Output>,
  ): grpc.ClientUnaryCall;
  listSnapshots(
    argument: _copa_agent_v1_ContainerRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_ListSnapshotsReply__Output>,
  ): grpc.ClientUnaryCall;
  listSnapshots(
    argument: _copa_agent_v1_ContainerRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_ListSnapshotsReply__Output>,
  ): grpc.ClientUnaryCall;
  listSnapshots(
    argument: _copa_agent_v1_ContainerRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_ListSnapshotsReply__Output>,
  ): grpc.ClientUnaryCall;
  listSnapshots(
    argument: _copa_agent_v1_ContainerRequest,
    callback: grpc.requestCallback<_copa_agent_v1_ListSnapshotsReply__Output>,
  ): grpc.ClientUnaryCall;

  Multiplex(
    metadata: grpc.Metadata,
    options?: grpc.CallOptions,
  ): grpc.ClientDuplexStream<_copa_agent_v1_CallFrame, _copa_agent_v1_ReplyFrame__Output>;
  Multiplex(
    options?: grpc.CallOptions,
  ): grpc.ClientDuplexStream<_copa_agent_v1_CallFrame, _copa_agent_v1_ReplyFrame__Output>;
  multiplex(
    metadata: grpc.Metadata,
    options?: grpc.CallOptions,
  ): grpc.ClientDuplexStream<_copa_agent_v1_CallFrame, _copa_agent_v1_ReplyFrame__Output>;
  multiplex(
    options?: grpc.CallOptions,
  ): grpc.ClientDuplexStream<_copa_agent_v1_CallFrame, _copa_agent_v1_ReplyFrame__Output>;

  ObserveCopy(
    argument: _copa_agent_v1_MigrationCommand,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_CopyState__Output>,
  ): grpc.ClientUnaryCall;
  ObserveCopy(
    argument: _copa_agent_v1_MigrationCommand,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_CopyState__Output>,
  ): grpc.ClientUnaryCall;
  ObserveCopy(
    argument: _copa_agent_v1_MigrationCommand,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_CopyState__Output>,
  ): grpc.ClientUnaryCall;
  ObserveCopy(
    argument: _copa_agent_v1_MigrationCommand,
    callback: grpc.requestCallback<_copa_agent_v1_CopyState__Output>,
  ): grpc.ClientUnaryCall;
  observeCopy(
    argument: _copa_agent_v1_MigrationCommand,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_CopyState__Output>,
  ): grpc.ClientUnaryCall;
  observeCopy(
    argument: _copa_agent_v1_MigrationCommand,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_CopyState__Output>,
  ): grpc.ClientUnaryCall;
  observeCopy(
    argument: _copa_agent_v1_MigrationCommand,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_CopyState__Output>,
  ): grpc.ClientUnaryCall;
  observeCopy(
    argument: _copa_agent_v1_MigrationCommand,
    callback: grpc.requestCallback<_copa_agent_v1_CopyState__Output>,
  ): grpc.ClientUnaryCall;

  ParkContainer(
    argument: _copa_agent_v1_ParkContainerRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  ParkContainer(
    argument: _copa_agent_v1_ParkContainerRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  ParkContainer(
    argument: _copa_agent_v1_ParkContainerRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  ParkContainer(
    argument: _copa_agent_v1_ParkContainerRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  parkContainer(
    argument: _copa_agent_v1_ParkContainerRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  parkContainer(
    argument: _copa_agent_v1_ParkContainerRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  parkContainer(
    argument: _copa_agent_v1_ParkContainerRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  parkContainer(
    argument: _copa_agent_v1_ParkContainerRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;

  PrepareCertificate(
    argument: _copa_agent_v1_PrepareCertificateRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_CertificateRequest__Output>,
  ): grpc.ClientUnaryCall;
  PrepareCertificate(
    argument: _copa_agent_v1_PrepareCertificateRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_CertificateRequest__Output>,
  ): grpc.ClientUnaryCall;
  PrepareCertificate(
    argument: _copa_agent_v1_PrepareCertificateRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_CertificateRequest__Output>,
  ): grpc.ClientUnaryCall;
  PrepareCertificate(
    argument: _copa_agent_v1_PrepareCertificateRequest,
    callback: grpc.requestCallback<_copa_agent_v1_CertificateRequest__Output>,
  ): grpc.ClientUnaryCall;
  prepareCertificate(
    argument: _copa_agent_v1_PrepareCertificateRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_CertificateRequest__Output>,
  ): grpc.ClientUnaryCall;
  prepareCertificate(
    argument: _copa_agent_v1_PrepareCertificateRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_CertificateRequest__Output>,
  ): grpc.ClientUnaryCall;
  prepareCertificate(
    argument: _copa_agent_v1_PrepareCertificateRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_CertificateRequest__Output>,
  ): grpc.ClientUnaryCall;
  prepareCertificate(
    argument: _copa_agent_v1_PrepareCertificateRequest,
    callback: grpc.requestCallback<_copa_agent_v1_CertificateRequest__Output>,
  ): grpc.ClientUnaryCall;

  ProbeStream(
    argument: _copa_agent_v1_ProbeStreamRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  ProbeStream(
    argument: _copa_agent_v1_ProbeStreamRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  ProbeStream(
    argument: _copa_agent_v1_ProbeStreamRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  ProbeStream(
    argument: _copa_agent_v1_ProbeStreamRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  probeStream(
    argument: _copa_agent_v1_ProbeStreamRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  probeStream(
    argument: _copa_agent_v1_ProbeStreamRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  probeStream(
    argument: _copa_agent_v1_ProbeStreamRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  probeStream(
    argument: _copa_agent_v1_ProbeStreamRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;

  ReadMeasurements(
    argument: _copa_agent_v1_ReadMeasurementsRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_ReadMeasurementsReply__Output>,
  ): grpc.ClientUnaryCall;
  ReadMeasurements(
    argument: _copa_agent_v1_ReadMeasurementsRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_ReadMeasurementsReply__Output>,
  ): grpc.ClientUnaryCall;
  ReadMeasurements(
    argument: _copa_agent_v1_ReadMeasurementsRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_ReadMeasurementsReply__Output>,
  ): grpc.ClientUnaryCall;
  ReadMeasurements(
    argument: _copa_agent_v1_ReadMeasurementsRequest,
    callback: grpc.requestCallback<_copa_agent_v1_ReadMeasurementsReply__Output>,
  ): grpc.ClientUnaryCall;
  readMeasurements(
    argument: _copa_agent_v1_ReadMeasurementsRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_ReadMeasurementsReply__Output>,
  ): grpc.ClientUnaryCall;
  readMeasurements(
    argument: _copa_agent_v1_ReadMeasurementsRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_ReadMeasurementsReply__Output>,
  ): grpc.ClientUnaryCall;
  readMeasurements(
    argument: _copa_agent_v1_ReadMeasurementsRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_ReadMeasurementsReply__Output>,
  ): grpc.ClientUnaryCall;
  readMeasurements(
    argument: _copa_agent_v1_ReadMeasurementsRequest,
    callback: grpc.requestCallback<_copa_agent_v1_ReadMeasurementsReply__Output>,
  ): grpc.ClientUnaryCall;

  ReceiveCopy(
    argument: _copa_agent_v1_ReceiveCopyRequest,
    metadata: grpc.Metadata,
    options?: grpc.CallOptions,
  ): grpc.ClientReadableStream<_copa_agent_v1_TransferEvent__Output>;
  ReceiveCopy(
    argument: _copa_agent_v1_ReceiveCopyRequest,
    options?: grpc.CallOptions,
  ): grpc.ClientReadableStream<_copa_agent_v1_TransferEvent__Output>;
  receiveCopy(
    argument: _copa_agent_v1_ReceiveCopyRequest,
    metadata: grpc.Metadata,
    options?: grpc.CallOptions,
  ): grpc.ClientReadableStream<_copa_agent_v1_TransferEvent__Output>;
  receiveCopy(
    argument: _copa_agent_v1_ReceiveCopyRequest,
    options?: grpc.CallOptions,
  ): grpc.ClientReadableStream<_copa_agent_v1_TransferEvent__Output>;

  ReceiveImage(
    argument: _copa_agent_v1_ReceiveImageRequest,
    metadata: grpc.Metadata,
    options?: grpc.CallOptions,
  ): grpc.ClientReadableStream<_copa_agent_v1_ImageEvent__Output>;
  ReceiveImage(
    argument: _copa_agent_v1_ReceiveImageRequest,
    options?: grpc.CallOptions,
  ): grpc.ClientReadableStream<_copa_agent_v1_ImageEvent__Output>;
  receiveImage(
    argument: _copa_agent_v1_ReceiveImageRequest,
    metadata: grpc.Metadata,
    options?: grpc.CallOptions,
  ): grpc.ClientReadableStream<_copa_agent_v1_ImageEvent__Output>;
  receiveImage(
    argument: _copa_agent_v1_ReceiveImageRequest,
    options?: grpc.CallOptions,
  ): grpc.ClientReadableStream<_copa_agent_v1_ImageEvent__Output>;

  ReceiveTraffic(
    argument: _copa_agent_v1_ReceiveTrafficRequest,
    metadata: grpc.Metadata,
    options?: grpc.CallOptions,
  ): grpc.ClientReadableStream<_copa_agent_v1_TrafficEvent__Output>;
  ReceiveTraffic(
    argument: _copa_agent_v1_ReceiveTrafficRequest,
    options?: grpc.CallOptions,
  ): grpc.ClientReadableStream<_copa_agent_v1_TrafficEvent__Output>;
  receiveTraffic(
    argument: _copa_agent_v1_ReceiveTrafficRequest,
    metadata: grpc.Metadata,
    options?: grpc.CallOptions,
  ): grpc.ClientReadableStream<_copa_agent_v1_TrafficEvent__Output>;
  receiveTraffic(
    argument: _copa_agent_v1_ReceiveTrafficRequest,
    options?: grpc.CallOptions,
  ): grpc.ClientReadableStream<_copa_agent_v1_TrafficEvent__Output>;

  ReleaseDestination(
    argument: _copa_agent_v1_MigrationCommand,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  ReleaseDestination(
    argument: _copa_agent_v1_MigrationCommand,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  ReleaseDestination(
    argument: _copa_agent_v1_MigrationCommand,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  ReleaseDestination(
    argument: _copa_agent_v1_MigrationCommand,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  releaseDestination(
    argument: _copa_agent_v1_MigrationCommand,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  releaseDestination(
    argument: _copa_agent_v1_MigrationCommand,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  releaseDestination(
    argument: _copa_agent_v1_MigrationCommand,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  releaseDestination(
    argument: _copa_agent_v1_MigrationCommand,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;

  RemoveDestination(
    argument: _copa_agent_v1_MigrationCommand,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  RemoveDestination(
    argument: _copa_agent_v1_MigrationCommand,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  RemoveDestination(
    argument: _copa_agent_v1_MigrationCommand,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  RemoveDestination(
    argument: _copa_agent_v1_MigrationCommand,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  removeDestination(
    argument: _copa_agent_v1_MigrationCommand,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  removeDestination(
    argument: _copa_agent_v1_MigrationCommand,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  removeDestination(
    argument: _copa_agent_v1_MigrationCommand,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  removeDestination(
    argument: _copa_agent_v1_MigrationCommand,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;

  RemoveMark(
    argument: _copa_agent_v1_RemoveMarkRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  RemoveMark(
    argument: _copa_agent_v1_RemoveMarkRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  RemoveMark(
    argument: _copa_agent_v1_RemoveMarkRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  RemoveMark(
    argument: _copa_agent_v1_RemoveMarkRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  removeMark(
    argument: _copa_agent_v1_RemoveMarkRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  removeMark(
    argument: _copa_agent_v1_RemoveMarkRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  removeMark(
    argument: _copa_agent_v1_RemoveMarkRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  removeMark(
    argument: _copa_agent_v1_RemoveMarkRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;

  RemoveSource(
    argument: _copa_agent_v1_RemoveSourceRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  RemoveSource(
    argument: _copa_agent_v1_RemoveSourceRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  RemoveSource(
    argument: _copa_agent_v1_RemoveSourceRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  RemoveSource(
    argument: _copa_agent_v1_RemoveSourceRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  removeSource(
    argument: _copa_agent_v1_RemoveSourceRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  removeSource(
    argument: _copa_agent_v1_RemoveSourceRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  removeSource(
    argument: _copa_agent_v1_RemoveSourceRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  removeSource(
    argument: _copa_agent_v1_RemoveSourceRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;

  RenameContainer(
    argument: _copa_agent_v1_RenameContainerRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  RenameContainer(
    argument: _copa_agent_v1_RenameContainerRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  RenameContainer(
    argument: _copa_agent_v1_RenameContainerRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  RenameContainer(
    argument: _copa_agent_v1_RenameContainerRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  renameContainer(
    argument: _copa_agent_v1_RenameContainerRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  renameContainer(
    argument: _copa_agent_v1_RenameContainerRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  renameContainer(
    argument: _copa_agent_v1_RenameContainerRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  renameContainer(
    argument: _copa_agent_v1_RenameContainerRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;

  RestartContainer(
    argument: _copa_agent_v1_StopContainerRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  RestartContainer(
    argument: _copa_agent_v1_StopContainerRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  RestartContainer(
    argument: _copa_agent_v1_StopContainerRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  RestartContainer(
    argument: _copa_agent_v1_StopContainerRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  restartContainer(
    argument: _copa_agent_v1_StopContainerRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  restartContainer(
    argument: _copa_agent_v1_StopContainerRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  restartContainer(
    argument: _copa_agent_v1_StopContainerRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  restartContainer(
    argument: _copa_agent_v1_StopContainerRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;

  RestoreSnapshot(
    argument: _copa_agent_v1_RestoreSnapshotRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  RestoreSnapshot(
    argument: _copa_agent_v1_RestoreSnapshotRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  RestoreSnapshot(
    argument: _copa_agent_v1_RestoreSnapshotRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  RestoreSnapshot(
    argument: _copa_agent_v1_RestoreSnapshotRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  restoreSnapshot(
    argument: _copa_agent_v1_RestoreSnapshotRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  restoreSnapshot(
    argument: _copa_agent_v1_RestoreSnapshotRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  restoreSnapshot(
    argument: _copa_agent_v1_RestoreSnapshotRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  restoreSnapshot(
    argument: _copa_agent_v1_RestoreSnapshotRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;

  RestoreSource(
    argument: _copa_agent_v1_RestoreSourceRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_CopyState__Output>,
  ): grpc.ClientUnaryCall;
  RestoreSource(
    argument: _copa_agent_v1_RestoreSourceRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_CopyState__Output>,
  ): grpc.ClientUnaryCall;
  RestoreSource(
    argument: _copa_agent_v1_RestoreSourceRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_CopyState__Output>,
  ): grpc.ClientUnaryCall;
  RestoreSource(
    argument: _copa_agent_v1_RestoreSourceRequest,
    callback: grpc.requestCallback<_copa_agent_v1_CopyState__Output>,
  ): grpc.ClientUnaryCall;
  restoreSource(
    argument: _copa_agent_v1_RestoreSourceRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_CopyState__Output>,
  ): grpc.ClientUnaryCall;
  restoreSource(
    argument: _copa_agent_v1_RestoreSourceRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_CopyState__Output>,
  ): grpc.ClientUnaryCall;
  restoreSource(
    argument: _copa_agent_v1_RestoreSourceRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_CopyState__Output>,
  ): grpc.ClientUnaryCall;
  restoreSource(
    argument: _copa_agent_v1_RestoreSourceRequest,
    callback: grpc.requestCallback<_copa_agent_v1_CopyState__Output>,
  ): grpc.ClientUnaryCall;

  SendCopy(
    argument: _copa_agent_v1_SendCopyRequest,
    metadata: grpc.Metadata,
    options?: grpc.CallOptions,
  ): grpc.ClientReadableStream<_copa_agent_v1_TransferEvent__Output>;
  SendCopy(
    argument: _copa_agent_v1_SendCopyRequest,
    options?: grpc.CallOptions,
  ): grpc.ClientReadableStream<_copa_agent_v1_TransferEvent__Output>;
  sendCopy(
    argument: _copa_agent_v1_SendCopyRequest,
    metadata: grpc.Metadata,
    options?: grpc.CallOptions,
  ): grpc.ClientReadableStream<_copa_agent_v1_TransferEvent__Output>;
  sendCopy(
    argument: _copa_agent_v1_SendCopyRequest,
    options?: grpc.CallOptions,
  ): grpc.ClientReadableStream<_copa_agent_v1_TransferEvent__Output>;

  SendImage(
    argument: _copa_agent_v1_SendImageRequest,
    metadata: grpc.Metadata,
    options?: grpc.CallOptions,
  ): grpc.ClientReadableStream<_copa_agent_v1_ImageEvent__Output>;
  SendImage(
    argument: _copa_agent_v1_SendImageRequest,
    options?: grpc.CallOptions,
  ): grpc.ClientReadableStream<_copa_agent_v1_ImageEvent__Output>;
  sendImage(
    argument: _copa_agent_v1_SendImageRequest,
    metadata: grpc.Metadata,
    options?: grpc.CallOptions,
  ): grpc.ClientReadableStream<_copa_agent_v1_ImageEvent__Output>;
  sendImage(
    argument: _copa_agent_v1_SendImageRequest,
    options?: grpc.CallOptions,
  ): grpc.ClientReadableStream<_copa_agent_v1_ImageEvent__Output>;

  SendTraffic(
    argument: _copa_agent_v1_SendTrafficRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  SendTraffic(
    argument: _copa_agent_v1_SendTrafficRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  SendTraffic(
    argument: _copa_agent_v1_SendTrafficRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  SendTraffic(
    argument: _copa_agent_v1_SendTrafficRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  sendTraffic(
    argument: _copa_agent_v1_SendTrafficRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  sendTraffic(
    argument: _copa_agent_v1_SendTrafficRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  sendTraffic(
    argument: _copa_agent_v1_SendTrafficRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  sendTraffic(
    argument: _copa_agent_v1_SendTrafficRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;

  SetCopyAside(
    argument: _copa_agent_v1_KeepCopyRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  SetCopyAside(
    argument: _copa_agent_v1_KeepCopyRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  SetCopyAside(
    argument: _copa_agent_v1_KeepCopyRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  SetCopyAside(
    argument: _copa_agent_v1_KeepCopyRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  setCopyAside(
    argument: _copa_agent_v1_KeepCopyRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  setCopyAside(
    argument: _copa_agent_v1_KeepCopyRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  setCopyAside(
    argument: _copa_agent_v1_KeepCopyRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  setCopyAside(
    argument: _copa_agent_v1_KeepCopyRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;

  SetLabels(
    argument: _copa_agent_v1_SetLabelsRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  SetLabels(
    argument: _copa_agent_v1_SetLabelsRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  SetLabels(
    argument: _copa_agent_v1_SetLabelsRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  SetLabels(
    argument: _copa_agent_v1_SetLabelsRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  setLabels(
    argument: _copa_agent_v1_SetLabelsRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  setLabels(
    argument: _copa_agent_v1_SetLabelsRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  setLabels(
    argument: _copa_agent_v1_SetLabelsRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  setLabels(
    argument: _copa_agent_v1_SetLabelsRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;

  SetLimits(
    argument: _copa_agent_v1_SetLimitsRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  SetLimits(
    argument: _copa_agent_v1_SetLimitsRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  SetLimits(
    argument: _copa_agent_v1_SetLimitsRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  SetLimits(
    argument: _copa_agent_v1_SetLimitsRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  setLimits(
    argument: _copa_agent_v1_SetLimitsRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  setLimits(
    argument: _copa_agent_v1_SetLimitsRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  setLimits(
    argument: _copa_agent_v1_SetLimitsRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  setLimits(
    argument: _copa_agent_v1_SetLimitsRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;

  SetLinkPeers(
    argument: _copa_agent_v1_SetLinkPeersRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  SetLinkPeers(
    argument: _copa_agent_v1_SetLinkPeersRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  SetLinkPeers(
    argument: _copa_agent_v1_SetLinkPeersRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  SetLinkPeers(
    argument: _copa_agent_v1_SetLinkPeersRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  setLinkPeers(
    argument: _copa_agent_v1_SetLinkPeersRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  setLinkPeers(
    argument: _copa_agent_v1_SetLinkPeersRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  setLinkPeers(
    argument: _copa_agent_v1_SetLinkPeersRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  setLinkPeers(
    argument: _copa_agent_v1_SetLinkPeersRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;

  SettleDestination(
    argument: _copa_agent_v1_SettleDestinationRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_SettleDestinationReply__Output>,
  ): grpc.ClientUnaryCall;
  SettleDestination(
    argument: _copa_agent_v1_SettleDestinationRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_SettleDestinationReply__Output>,
  ): grpc.ClientUnaryCall;
  SettleDestination(
    argument: _copa_agent_v1_SettleDestinationRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_SettleDestinationReply__Output>,
  ): grpc.ClientUnaryCall;
  SettleDestination(
    argument: _copa_agent_v1_SettleDestinationRequest,
    callback: grpc.requestCallback<_copa_agent_v1_SettleDestinationReply__Output>,
  ): grpc.ClientUnaryCall;
  settleDestination(
    argument: _copa_agent_v1_SettleDestinationRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_SettleDestinationReply__Output>,
  ): grpc.ClientUnaryCall;
  settleDestination(
    argument: _copa_agent_v1_SettleDestinationRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_SettleDestinationReply__Output>,
  ): grpc.ClientUnaryCall;
  settleDestination(
    argument: _copa_agent_v1_SettleDestinationRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_SettleDestinationReply__Output>,
  ): grpc.ClientUnaryCall;
  settleDestination(
    argument: _copa_agent_v1_SettleDestinationRequest,
    callback: grpc.requestCallback<_copa_agent_v1_SettleDestinationReply__Output>,
  ): grpc.ClientUnaryCall;

  StartContainer(
    argument: _copa_agent_v1_ContainerRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  StartContainer(
    argument: _copa_agent_v1_ContainerRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  StartContainer(
    argument: _copa_agent_v1_ContainerRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  StartContainer(
    argument: _copa_agent_v1_ContainerRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  startContainer(
    argument: _copa_agent_v1_ContainerRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  startContainer(
    argument: _copa_agent_v1_ContainerRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  startContainer(
    argument: _copa_agent_v1_ContainerRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  startContainer(
    argument: _copa_agent_v1_ContainerRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;

  StopContainer(
    argument: _copa_agent_v1_StopContainerRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  StopContainer(
    argument: _copa_agent_v1_StopContainerRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  StopContainer(
    argument: _copa_agent_v1_StopContainerRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  StopContainer(
    argument: _copa_agent_v1_StopContainerRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  stopContainer(
    argument: _copa_agent_v1_StopContainerRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  stopContainer(
    argument: _copa_agent_v1_StopContainerRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  stopContainer(
    argument: _copa_agent_v1_StopContainerRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  stopContainer(
    argument: _copa_agent_v1_StopContainerRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;

  SummarizeMeasurements(
    argument: _copa_agent_v1_SummarizeMeasurementsRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_MeasurementSummary__Output>,
  ): grpc.ClientUnaryCall;
  SummarizeMeasurements(
    argument: _copa_agent_v1_SummarizeMeasurementsRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_MeasurementSummary__Output>,
  ): grpc.ClientUnaryCall;
  SummarizeMeasurements(
    argument: _copa_agent_v1_SummarizeMeasurementsRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_MeasurementSummary__Output>,
  ): grpc.ClientUnaryCall;
  SummarizeMeasurements(
    argument: _copa_agent_v1_SummarizeMeasurementsRequest,
    callback: grpc.requestCallback<_copa_agent_v1_MeasurementSummary__Output>,
  ): grpc.ClientUnaryCall;
  summarizeMeasurements(
    argument: _copa_agent_v1_SummarizeMeasurementsRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_MeasurementSummary__Output>,
  ): grpc.ClientUnaryCall;
  summarizeMeasurements(
    argument: _copa_agent_v1_SummarizeMeasurementsRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_MeasurementSummary__Output>,
  ): grpc.ClientUnaryCall;
  summarizeMeasurements(
    argument: _copa_agent_v1_SummarizeMeasurementsRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_MeasurementSummary__Output>,
  ): grpc.ClientUnaryCall;
  summarizeMeasurements(
    argument: _copa_agent_v1_SummarizeMeasurementsRequest,
    callback: grpc.requestCallback<_copa_agent_v1_MeasurementSummary__Output>,
  ): grpc.ClientUnaryCall;

  UnfreezeContainer(
    argument: _copa_agent_v1_ContainerRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  UnfreezeContainer(
    argument: _copa_agent_v1_ContainerRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  UnfreezeContainer(
    argument: _copa_agent_v1_ContainerRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  UnfreezeContainer(
    argument: _copa_agent_v1_ContainerRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  unfreezeContainer(
    argument: _copa_agent_v1_ContainerRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  unfreezeContainer(
    argument: _copa_agent_v1_ContainerRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  unfreezeContainer(
    argument: _copa_agent_v1_ContainerRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  unfreezeContainer(
    argument: _copa_agent_v1_ContainerRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;

  UnparkContainer(
    argument: _copa_agent_v1_UnparkContainerRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  UnparkContainer(
    argument: _copa_agent_v1_UnparkContainerRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  UnparkContainer(
    argument: _copa_agent_v1_UnparkContainerRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  UnparkContainer(
    argument: _copa_agent_v1_UnparkContainerRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  unparkContainer(
    argument: _copa_agent_v1_UnparkContainerRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  unparkContainer(
    argument: _copa_agent_v1_UnparkContainerRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  unparkContainer(
    argument: _copa_agent_v1_UnparkContainerRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  unparkContainer(
    argument: _copa_agent_v1_UnparkContainerRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;

  UpdateTrust(
    argument: _copa_agent_v1_UpdateTrustRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  UpdateTrust(
    argument: _copa_agent_v1_UpdateTrustRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  UpdateTrust(
    argument: _copa_agent_v1_UpdateTrustRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  UpdateTrust(
    argument: _copa_agent_v1_UpdateTrustRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  updateTrust(
    argument: _copa_agent_v1_UpdateTrustRequest,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  updateTrust(
    argument: _copa_agent_v1_UpdateTrustRequest,
    metadata: grpc.Metadata,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  updateTrust(
    argument: _copa_agent_v1_UpdateTrustRequest,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;
  updateTrust(
    argument: _copa_agent_v1_UpdateTrustRequest,
    callback: grpc.requestCallback<_copa_agent_v1_Done__Output>,
  ): grpc.ClientUnaryCall;

  Watch(
    argument: _copa_agent_v1_WatchRequest,
    metadata: grpc.Metadata,
    options?: grpc.CallOptions,
  ): grpc.ClientReadableStream<_copa_agent_v1_WatchEvent__Output>;
  Watch(
    argument: _copa_agent_v1_WatchRequest,
    options?: grpc.CallOptions,
  ): grpc.ClientReadableStream<_copa_agent_v1_WatchEvent__Output>;
  watch(
    argument: _copa_agent_v1_WatchRequest,
    metadata: grpc.Metadata,
    options?: grpc.CallOptions,
  ): grpc.ClientReadableStream<_copa_agent_v1_WatchEvent__Output>;
  watch(
    argument: _copa_agent_v1_WatchRequest,
    options?: grpc.CallOptions,
  ): grpc.ClientReadableStream<_copa_agent_v1_WatchEvent__Output>;

  WatchUsage(
    argument: _copa_agent_v1_WatchUsageRequest,
    metadata: grpc.Metadata,
    options?: grpc.CallOptions,
  ): grpc.ClientReadableStream<_copa_agent_v1_Usage__Output>;
  WatchUsage(
    argument: _copa_agent_v1_WatchUsageRequest,
    options?: grpc.CallOptions,
  ): grpc.ClientReadableStream<_copa_agent_v1_Usage__Output>;
  watchUsage(
    argument: _copa_agent_v1_WatchUsageRequest,
    metadata: grpc.Metadata,
    options?: grpc.CallOptions,
  ): grpc.ClientReadableStream<_copa_agent_v1_Usage__Output>;
  watchUsage(
    argument: _copa_agent_v1_WatchUsageRequest,
    options?: grpc.CallOptions,
  ): grpc.ClientReadableStream<_copa_agent_v1_Usage__Output>;
}

export interface AgentHandlers extends grpc.UntypedServiceImplementation {
  ActivateDestination: grpc.handleUnaryCall<
    _copa_agent_v1_ActivateDestinationRequest__Output,
    _copa_agent_v1_CopyState
  >;

  AppendMeasurements: grpc.handleUnaryCall<
    _copa_agent_v1_AppendMeasurementsRequest__Output,
    _copa_agent_v1_AppendMeasurementsReply
  >;

  ApplyNames: grpc.handleUnaryCall<_copa_agent_v1_ApplyNamesRequest__Output, _copa_agent_v1_ApplyNamesReply>;

  ApplyNetworks: grpc.handleUnaryCall<
    _copa_agent_v1_ApplyNetworksRequest__Output,
    _copa_agent_v1_ApplyNetworksReply
  >;

  ApplyPorts: grpc.handleUnaryCall<_copa_agent_v1_ApplyPortsRequest__Output, _copa_agent_v1_ApplyPortsReply>;

  Ask: grpc.handleBidiStreamingCall<_copa_agent_v1_Question__Output, _copa_agent_v1_Answer>;

  AttachNetwork: grpc.handleUnaryCall<_copa_agent_v1_AttachNetworkRequest__Output, _copa_agent_v1_Done>;

  CheckDestination: grpc.handleUnaryCall<
    _copa_agent_v1_CheckDestinationRequest__Output,
    _copa_agent_v1_Findings
  >;

  ClaimSource: grpc.handleUnaryCall<_copa_agent_v1_MigrationCommand__Output, _copa_agent_v1_CopyState>;

  CopyContainer: grpc.handleUnaryCall<_copa_agent_v1_CopyContainerRequest__Output, _copa_agent_v1_Done>;

  CreateContainer: grpc.handleUnaryCall<_copa_agent_v1_CreateContainerRequest__Output, _copa_agent_v1_Done>;

  CreateSnapshot: grpc.handleUnaryCall<_copa_agent_v1_SnapshotRequest__Output, _copa_agent_v1_Done>;

  DeleteContainer: grpc.handleUnaryCall<_copa_agent_v1_ContainerRequest__Output, _copa_agent_v1_Done>;

  DeleteSnapshot: grpc.handleUnaryCall<_copa_agent_v1_SnapshotRequest__Output, _copa_agent_v1_Done>;

  DescribeHost: grpc.handleUnaryCall<_copa_agent_v1_DescribeHostRequest__Output, _copa_agent_v1_Host>;

  DescribeIdentity: grpc.handleUnaryCall<
    _copa_agent_v1_DescribeIdentityRequest__Output,
    _copa_agent_v1_HostIdentity
  >;

  DescribeSettings: grpc.handleUnaryCall<_copa_agent_v1_ContainerRequest__Output, _copa_agent_v1_Manifest>;

  DetachNetwork: grpc.handleUnaryCall<_copa_agent_v1_DetachNetworkRequest__Output, _copa_agent_v1_Done>;

  Exec: grpc.handleBidiStreamingCall<_copa_agent_v1_ExecInput__Output, _copa_agent_v1_ExecOutput>;

  Execute: grpc.handleUnaryCall<_copa_agent_v1_ExecuteRequest__Output, _copa_agent_v1_ExecuteReply>;

  FreezeContainer: grpc.handleUnaryCall<_copa_agent_v1_ContainerRequest__Output, _copa_agent_v1_Done>;

  GetConsoleLog: grpc.handleUnaryCall<_copa_agent_v1_ContainerRequest__Output, _copa_agent_v1_ConsoleLog>;

  GetInformation: grpc.handleUnaryCall<
    _copa_agent_v1_GetInformationRequest__Output,
    _copa_agent_v1_GetInformationReply
  >;

  HoldSource: grpc.handleUnaryCall<_copa_agent_v1_HoldSourceRequest__Output, _copa_agent_v1_CopyState>;

  InspectSource: grpc.handleUnaryCall<_copa_agent_v1_InspectSourceRequest__Output, _copa_agent_v1_Manifest>;

  InstallCertificate: grpc.handleUnaryCall<
    _copa_agent_v1_InstallCertificateRequest__Output,
    _copa_agent_v1_Done
  >;

  KeepCopy: grpc.handleUnaryCall<_copa_agent_v1_KeepCopyRequest__Output, _copa_agent_v1_Done>;

  ListContainers: grpc.handleUnaryCall<
    _copa_agent_v1_ListContainersRequest__Output,
    _copa_agent_v1_ListContainersReply
  >;

  ListImages: grpc.handleUnaryCall<_copa_agent_v1_ListImagesRequest__Output, _copa_agent_v1_ListImagesReply>;

  ListMarks: grpc.handleUnaryCall<_copa_agent_v1_ListMarksRequest__Output, _copa_agent_v1_ListMarksReply>;

  ListSnapshots: grpc.handleUnaryCall<
    _copa_agent_v1_ContainerRequest__Output,
    _copa_agent_v1_ListSnapshotsReply
  >;

  Multiplex: grpc.handleBidiStreamingCall<_copa_agent_v1_CallFrame__Output, _copa_agent_v1_ReplyFrame>;

  ObserveCopy: grpc.handleUnaryCall<_copa_agent_v1_MigrationCommand__Output, _copa_agent_v1_CopyState>;

  ParkContainer: grpc.handleUnaryCall<_copa_agent_v1_ParkContainerRequest__Output, _copa_agent_v1_Done>;

  PrepareCertificate: grpc.handleUnaryCall<
    _copa_agent_v1_PrepareCertificateRequest__Output,
    _copa_agent_v1_CertificateRequest
  >;

  ProbeStream: grpc.handleUnaryCall<_copa_agent_v1_ProbeStreamRequest__Output, _copa_agent_v1_Done>;

  ReadMeasurements: grpc.handleUnaryCall<
    _copa_agent_v1_ReadMeasurementsRequest__Output,
    _copa_agent_v1_ReadMeasurementsReply
  >;

  ReceiveCopy: grpc.handleServerStreamingCall<
    _copa_agent_v1_ReceiveCopyRequest__Output,
    _copa_agent_v1_TransferEvent
  >;

  ReceiveImage: grpc.handleServerStreamingCall<
    _copa_agent_v1_ReceiveImageRequest__Output,
    _copa_agent_v1_ImageEvent
  >;

  ReceiveTraffic: grpc.handleServerStreamingCall<
    _copa_agent_v1_ReceiveTrafficRequest__Output,
    _copa_agent_v1_TrafficEvent
  >;

  ReleaseDestination: grpc.handleUnaryCall<_copa_agent_v1_MigrationCommand__Output, _copa_agent_v1_Done>;

  RemoveDestination: grpc.handleUnaryCall<_copa_agent_v1_MigrationCommand__Output, _copa_agent_v1_Done>;

  RemoveMark: grpc.handleUnaryCall<_copa_agent_v1_RemoveMarkRequest__Output, _copa_agent_v1_Done>;

  RemoveSource: grpc.handleUnaryCall<_copa_agent_v1_RemoveSourceRequest__Output, _copa_agent_v1_Done>;

  RenameContainer: grpc.handleUnaryCall<_copa_agent_v1_RenameContainerRequest__Output, _copa_agent_v1_Done>;

  RestartContainer: grpc.handleUnaryCall<_copa_agent_v1_StopContainerRequest__Output, _copa_agent_v1_Done>;

  RestoreSnapshot: grpc.handleUnaryCall<_copa_agent_v1_RestoreSnapshotRequest__Output, _copa_agent_v1_Done>;

  RestoreSource: grpc.handleUnaryCall<_copa_agent_v1_RestoreSourceRequest__Output, _copa_agent_v1_CopyState>;

  SendCopy: grpc.handleServerStreamingCall<
    _copa_agent_v1_SendCopyRequest__Output,
    _copa_agent_v1_TransferEvent
  >;

  SendImage: grpc.handleServerStreamingCall<
    _copa_agent_v1_SendImageRequest__Output,
    _copa_agent_v1_ImageEvent
  >;

  SendTraffic: grpc.handleUnaryCall<_copa_agent_v1_SendTrafficRequest__Output, _copa_agent_v1_Done>;

  SetCopyAside: grpc.handleUnaryCall<_copa_agent_v1_KeepCopyRequest__Output, _copa_agent_v1_Done>;

  SetLabels: grpc.handleUnaryCall<_copa_agent_v1_SetLabelsRequest__Output, _copa_agent_v1_Done>;

  SetLimits: grpc.handleUnaryCall<_copa_agent_v1_SetLimitsRequest__Output, _copa_agent_v1_Done>;

  SetLinkPeers: grpc.handleUnaryCall<_copa_agent_v1_SetLinkPeersRequest__Output, _copa_agent_v1_Done>;

  SettleDestination: grpc.handleUnaryCall<
    _copa_agent_v1_SettleDestinationRequest__Output,
    _copa_agent_v1_SettleDestinationReply
  >;

  StartContainer: grpc.handleUnaryCall<_copa_agent_v1_ContainerRequest__Output, _copa_agent_v1_Done>;

  StopContainer: grpc.handleUnaryCall<_copa_agent_v1_StopContainerRequest__Output, _copa_agent_v1_Done>;

  SummarizeMeasurements: grpc.handleUnaryCall<
    _copa_agent_v1_SummarizeMeasurementsRequest__Output,
    _copa_agent_v1_MeasurementSummary
  >;

  UnfreezeContainer: grpc.handleUnaryCall<_copa_agent_v1_ContainerRequest__Output, _copa_agent_v1_Done>;

  UnparkContainer: grpc.handleUnaryCall<_copa_agent_v1_UnparkContainerRequest__Output, _copa_agent_v1_Done>;

  UpdateTrust: grpc.handleUnaryCall<_copa_agent_v1_UpdateTrustRequest__Output, _copa_agent_v1_Done>;

  Watch: grpc.handleServerStreamingCall<_copa_agent_v1_WatchRequest__Output, _copa_agent_v1_WatchEvent>;

  WatchUsage: grpc.handleServerStreamingCall<_copa_agent_v1_WatchUsageRequest__Output, _copa_agent_v1_Usage>;
}

export interface AgentDefinition extends grpc.ServiceDefinition {
  ActivateDestination: MethodDefinition<
    _copa_agent_v1_ActivateDestinationRequest,
    _copa_agent_v1_CopyState,
    _copa_agent_v1_ActivateDestinationRequest__Output,
    _copa_agent_v1_CopyState__Output
  >;
  AppendMeasurements: MethodDefinition<
    _copa_agent_v1_AppendMeasurementsRequest,
    _copa_agent_v1_AppendMeasurementsReply,
    _copa_agent_v1_AppendMeasurementsRequest__Output,
    _copa_agent_v1_AppendMeasurementsReply__Output
  >;
  ApplyNames: MethodDefinition<
    _copa_agent_v1_ApplyNamesRequest,
    _copa_agent_v1_ApplyNamesReply,
    _copa_agent_v1_ApplyNamesRequest__Output,
    _copa_agent_v1_ApplyNamesReply__Output
  >;
  ApplyNetworks: MethodDefinition<
    _copa_agent_v1_ApplyNetworksRequest,
    _copa_agent_v1_ApplyNetworksReply,
    _copa_agent_v1_ApplyNetworksRequest__Output,
    _copa_agent_v1_ApplyNetworksReply__Output
  >;
  ApplyPorts: MethodDefinition<
    _copa_agent_v1_ApplyPortsRequest,
    _copa_agent_v1_ApplyPortsReply,
    _copa_agent_v1_ApplyPortsRequest__Output,
    _copa_agent_v1_ApplyPortsReply__Output
  >;
  Ask: MethodDefinition<
    _copa_agent_v1_Question,
    _copa_agent_v1_Answer,
    _copa_agent_v1_Question__Output,
    _copa_agent_v1_Answer__Output
  >;
  AttachNetwork: MethodDefinition<
    _copa_agent_v1_AttachNetworkRequest,
    _copa_agent_v1_Done,
    _copa_agent_v1_AttachNetworkRequest__Output,
    _copa_agent_v1_Done__Output
  >;
  CheckDestination: MethodDefinition<
    _copa_agent_v1_CheckDestinationRequest,
    _copa_agent_v1_Findings,
    _copa_agent_v1_CheckDestinationRequest__Output,
    _copa_agent_v1_Findings__Output
  >;
  ClaimSource: MethodDefinition<
    _copa_agent_v1_MigrationCommand,
    _copa_agent_v1_CopyState,
    _copa_agent_v1_MigrationCommand__Output,
    _copa_agent_v1_CopyState__Output
  >;
  CopyContainer: MethodDefinition<
    _copa_agent_v1_CopyContainerRequest,
    _copa_agent_v1_Done,
    _copa_agent_v1_CopyContainerRequest__Output,
    _copa_agent_v1_Done__Output
  >;
  CreateContainer: MethodDefinition<
    _copa_agent_v1_CreateContainerRequest,
    _copa_agent_v1_Done,
    _copa_agent_v1_CreateContainerRequest__Output,
    _copa_agent_v1_Done__Output
  >;
  CreateSnapshot: MethodDefinition<
    _copa_agent_v1_SnapshotRequest,
    _copa_agent_v1_Done,
    _copa_agent_v1_SnapshotRequest__Output,
    _copa_agent_v1_Done__Output
  >;
  DeleteContainer: MethodDefinition<
    _copa_agent_v1_ContainerRequest,
    _copa_agent_v1_Done,
    _copa_agent_v1_ContainerRequest__Output,
    _copa_agent_v1_Done__Output
  >;
  DeleteSnapshot: MethodDefinition<
    _copa_agent_v1_SnapshotRequest,
    _copa_agent_v1_Done,
    _copa_agent_v1_SnapshotRequest__Output,
    _copa_agent_v1_Done__Output
  >;
  DescribeHost: MethodDefinition<
    _copa_agent_v1_DescribeHostRequest,
    _copa_agent_v1_Host,
    _copa_agent_v1_DescribeHostRequest__Output,
    _copa_agent_v1_Host__Output
  >;
  DescribeIdentity: MethodDefinition<
    _copa_agent_v1_DescribeIdentityRequest,
    _copa_agent_v1_HostIdentity,
    _copa_agent_v1_DescribeIdentityRequest__Output,
    _copa_agent_v1_HostIdentity__Output
  >;
  DescribeSettings: MethodDefinition<
    _copa_agent_v1_ContainerRequest,
    _copa_agent_v1_Manifest,
    _copa_agent_v1_ContainerRequest__Output,
    _copa_agent_v1_Manifest__Output
  >;
  DetachNetwork: MethodDefinition<
    _copa_agent_v1_DetachNetworkRequest,
    _copa_agent_v1_Done,
    _copa_agent_v1_DetachNetworkRequest__Output,
    _copa_agent_v1_Done__Output
  >;
  Exec: MethodDefinition<
    _copa_agent_v1_ExecInput,
    _copa_agent_v1_ExecOutput,
    _copa_agent_v1_ExecInput__Output,
    _copa_agent_v1_ExecOutput__Output
  >;
  Execute: MethodDefinition<
    _copa_agent_v1_ExecuteRequest,
    _copa_agent_v1_ExecuteReply,
    _copa_agent_v1_ExecuteRequest__Output,
    _copa_agent_v1_ExecuteReply__Output
  >;
  FreezeContainer: MethodDefinition<
    _copa_agent_v1_ContainerRequest,
    _copa_agent_v1_Done,
    _copa_agent_v1_ContainerRequest__Output,
    _copa_agent_v1_Done__Output
  >;
  GetConsoleLog: MethodDefinition<
    _copa_agent_v1_ContainerRequest,
    _copa_agent_v1_ConsoleLog,
    _copa_agent_v1_ContainerRequest__Output,
    _copa_agent_v1_ConsoleLog__Output
  >;
  GetInformation: MethodDefinition<
    _copa_agent_v1_GetInformationRequest,
    _copa_agent_v1_GetInformationReply,
    _copa_agent_v1_GetInformationRequest__Output,
    _copa_agent_v1_GetInformationReply__Output
  >;
  HoldSource: MethodDefinition<
    _copa_agent_v1_HoldSourceRequest,
    _copa_agent_v1_CopyState,
    _copa_agent_v1_HoldSourceRequest__Output,
    _copa_agent_v1_CopyState__Output
  >;
  InspectSource: MethodDefinition<
    _copa_agent_v1_InspectSourceRequest,
    _copa_agent_v1_Manifest,
    _copa_agent_v1_InspectSourceRequest__Output,
    _copa_agent_v1_Manifest__Output
  >;
  InstallCertificate: MethodDefinition<
    _copa_agent_v1_InstallCertificateRequest,
    _copa_agent_v1_Done,
    _copa_agent_v1_InstallCertificateRequest__Output,
    _copa_agent_v1_Done__Output
  >;
  KeepCopy: MethodDefinition<
    _copa_agent_v1_KeepCopyRequest,
    _copa_agent_v1_Done,
    _copa_agent_v1_KeepCopyRequest__Output,
    _copa_agent_v1_Done__Output
  >;
  ListContainers: MethodDefinition<
    _copa_agent_v1_ListContainersRequest,
    _copa_agent_v1_ListContainersReply,
    _copa_agent_v1_ListContainersRequest__Output,
    _copa_agent_v1_ListContainersReply__Output
  >;
  ListImages: MethodDefinition<
    _copa_agent_v1_ListImagesRequest,
    _copa_agent_v1_ListImagesReply,
    _copa_agent_v1_ListImagesRequest__Output,
    _copa_agent_v1_ListImagesReply__Output
  >;
  ListMarks: MethodDefinition<
    _copa_agent_v1_ListMarksRequest,
    _copa_agent_v1_ListMarksReply,
    _copa_agent_v1_ListMarksRequest__Output,
    _copa_agent_v1_ListMarksReply__Output
  >;
  ListSnapshots: MethodDefinition<
    _copa_agent_v1_ContainerRequest,
    _copa_agent_v1_ListSnapshotsReply,
    _copa_agent_v1_ContainerRequest__Output,
    _copa_agent_v1_ListSnapshotsReply__Output
  >;
  Multiplex: MethodDefinition<
    _copa_agent_v1_CallFrame,
    _copa_agent_v1_ReplyFrame,
    _copa_agent_v1_CallFrame__Output,
    _copa_agent_v1_ReplyFrame__Output
  >;
  ObserveCopy: MethodDefinition<
    _copa_agent_v1_MigrationCommand,
    _copa_agent_v1_CopyState,
    _copa_agent_v1_MigrationCommand__Output,
    _copa_agent_v1_CopyState__Output
  >;
  ParkContainer: MethodDefinition<
    _copa_agent_v1_ParkContainerRequest,
    _copa_agent_v1_Done,
    _copa_agent_v1_ParkContainerRequest__Output,
    _copa_agent_v1_Done__Output
  >;
  PrepareCertificate: MethodDefinition<
    _copa_agent_v1_PrepareCertificateRequest,
    _copa_agent_v1_CertificateRequest,
    _copa_agent_v1_PrepareCertificateRequest__Output,
    _copa_agent_v1_CertificateRequest__Output
  >;
  ProbeStream: MethodDefinition<
    _copa_agent_v1_ProbeStreamRequest,
    _copa_agent_v1_Done,
    _copa_agent_v1_ProbeStreamRequest__Output,
    _copa_agent_v1_Done__Output
  >;
  ReadMeasurements: MethodDefinition<
    _copa_agent_v1_ReadMeasurementsRequest,
    _copa_agent_v1_ReadMeasurementsReply,
    _copa_agent_v1_ReadMeasurementsRequest__Output,
    _copa_agent_v1_ReadMeasurementsReply__Output
  >;
  ReceiveCopy: MethodDefinition<
    _copa_agent_v1_ReceiveCopyRequest,
    _copa_agent_v1_TransferEvent,
    _copa_agent_v1_ReceiveCopyRequest__Output,
    _copa_agent_v1_TransferEvent__Output
  >;
  ReceiveImage: MethodDefinition<
    _copa_agent_v1_ReceiveImageRequest,
    _copa_agent_v1_ImageEvent,
    _copa_agent_v1_ReceiveImageRequest__Output,
    _copa_agent_v1_ImageEvent__Output
  >;
  ReceiveTraffic: MethodDefinition<
    _copa_agent_v1_ReceiveTrafficRequest,
    _copa_agent_v1_TrafficEvent,
    _copa_agent_v1_ReceiveTrafficRequest__Output,
    _copa_agent_v1_TrafficEvent__Output
  >;
  ReleaseDestination: MethodDefinition<
    _copa_agent_v1_MigrationCommand,
    _copa_agent_v1_Done,
    _copa_agent_v1_MigrationCommand__Output,
    _copa_agent_v1_Done__Output
  >;
  RemoveDestination: MethodDefinition<
    _copa_agent_v1_MigrationCommand,
    _copa_agent_v1_Done,
    _copa_agent_v1_MigrationCommand__Output,
    _copa_agent_v1_Done__Output
  >;
  RemoveMark: MethodDefinition<
    _copa_agent_v1_RemoveMarkRequest,
    _copa_agent_v1_Done,
    _copa_agent_v1_RemoveMarkRequest__Output,
    _copa_agent_v1_Done__Output
  >;
  RemoveSource: MethodDefinition<
    _copa_agent_v1_RemoveSourceRequest,
    _copa_agent_v1_Done,
    _copa_agent_v1_RemoveSourceRequest__Output,
    _copa_agent_v1_Done__Output
  >;
  RenameContainer: MethodDefinition<
    _copa_agent_v1_RenameContainerRequest,
    _copa_agent_v1_Done,
    _copa_agent_v1_RenameContainerRequest__Output,
    _copa_agent_v1_Done__Output
  >;
  RestartContainer: MethodDefinition<
    _copa_agent_v1_StopContainerRequest,
    _copa_agent_v1_Done,
    _copa_agent_v1_StopContainerRequest__Output,
    _copa_agent_v1_Done__Output
  >;
  RestoreSnapshot: MethodDefinition<
    _copa_agent_v1_RestoreSnapshotRequest,
    _copa_agent_v1_Done,
    _copa_agent_v1_RestoreSnapshotRequest__Output,
    _copa_agent_v1_Done__Output
  >;
  RestoreSource: MethodDefinition<
    _copa_agent_v1_RestoreSourceRequest,
    _copa_agent_v1_CopyState,
    _copa_agent_v1_RestoreSourceRequest__Output,
    _copa_agent_v1_CopyState__Output
  >;
  SendCopy: MethodDefinition<
    _copa_agent_v1_SendCopyRequest,
    _copa_agent_v1_TransferEvent,
    _copa_agent_v1_SendCopyRequest__Output,
    _copa_agent_v1_TransferEvent__Output
  >;
  SendImage: MethodDefinition<
    _copa_agent_v1_SendImageRequest,
    _copa_agent_v1_ImageEvent,
    _copa_agent_v1_SendImageRequest__Output,
    _copa_agent_v1_ImageEvent__Output
  >;
  SendTraffic: MethodDefinition<
    _copa_agent_v1_SendTrafficRequest,
    _copa_agent_v1_Done,
    _copa_agent_v1_SendTrafficRequest__Output,
    _copa_agent_v1_Done__Output
  >;
  SetCopyAside: MethodDefinition<
    _copa_agent_v1_KeepCopyRequest,
    _copa_agent_v1_Done,
    _copa_agent_v1_KeepCopyRequest__Output,
    _copa_agent_v1_Done__Output
  >;
  SetLabels: MethodDefinition<
    _copa_agent_v1_SetLabelsRequest,
    _copa_agent_v1_Done,
    _copa_agent_v1_SetLabelsRequest__Output,
    _copa_agent_v1_Done__Output
  >;
  SetLimits: MethodDefinition<
    _copa_agent_v1_SetLimitsRequest,
    _copa_agent_v1_Done,
    _copa_agent_v1_SetLimitsRequest__Output,
    _copa_agent_v1_Done__Output
  >;
  SetLinkPeers: MethodDefinition<
    _copa_agent_v1_SetLinkPeersRequest,
    _copa_agent_v1_Done,
    _copa_agent_v1_SetLinkPeersRequest__Output,
    _copa_agent_v1_Done__Output
  >;
  SettleDestination: MethodDefinition<
    _copa_agent_v1_SettleDestinationRequest,
    _copa_agent_v1_SettleDestinationReply,
    _copa_agent_v1_SettleDestinationRequest__Output,
    _copa_agent_v1_SettleDestinationReply__Output
  >;
  StartContainer: MethodDefinition<
    _copa_agent_v1_ContainerRequest,
    _copa_agent_v1_Done,
    _copa_agent_v1_ContainerRequest__Output,
    _copa_agent_v1_Done__Output
  >;
  StopContainer: MethodDefinition<
    _copa_agent_v1_StopContainerRequest,
    _copa_agent_v1_Done,
    _copa_agent_v1_StopContainerRequest__Output,
    _copa_agent_v1_Done__Output
  >;
  SummarizeMeasurements: MethodDefinition<
    _copa_agent_v1_SummarizeMeasurementsRequest,
    _copa_agent_v1_MeasurementSummary,
    _copa_agent_v1_SummarizeMeasurementsRequest__Output,
    _copa_agent_v1_MeasurementSummary__Output
  >;
  UnfreezeContainer: MethodDefinition<
    _copa_agent_v1_ContainerRequest,
    _copa_agent_v1_Done,
    _copa_agent_v1_ContainerRequest__Output,
    _copa_agent_v1_Done__Output
  >;
  UnparkContainer: MethodDefinition<
    _copa_agent_v1_UnparkContainerRequest,
    _copa_agent_v1_Done,
    _copa_agent_v1_UnparkContainerRequest__Output,
    _copa_agent_v1_Done__Output
  >;
  UpdateTrust: MethodDefinition<
    _copa_agent_v1_UpdateTrustRequest,
    _copa_agent_v1_Done,
    _copa_agent_v1_UpdateTrustRequest__Output,
    _copa_agent_v1_Done__Output
  >;
  Watch: MethodDefinition<
    _copa_agent_v1_WatchRequest,
    _copa_agent_v1_WatchEvent,
    _copa_agent_v1_WatchRequest__Output,
    _copa_agent_v1_WatchEvent__Output
  >;
  WatchUsage: MethodDefinition<
    _copa_agent_v1_WatchUsageRequest,
    _copa_agent_v1_Usage,
    _copa_agent_v1_WatchUsageRequest__Output,
    _copa_agent_v1_Usage__Output
  >;
}
