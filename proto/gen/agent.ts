import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type {
  ActivateDestinationRequest as _copa_agent_v1_ActivateDestinationRequest,
  ActivateDestinationRequest__Output as _copa_agent_v1_ActivateDestinationRequest__Output,
} from './copa/agent/v1/ActivateDestinationRequest.js';
import type {
  AgentClient as _copa_agent_v1_AgentClient,
  AgentDefinition as _copa_agent_v1_AgentDefinition,
} from './copa/agent/v1/Agent.js';
import type {
  Answer as _copa_agent_v1_Answer,
  Answer__Output as _copa_agent_v1_Answer__Output,
} from './copa/agent/v1/Answer.js';
import type {
  AppendMeasurementsReply as _copa_agent_v1_AppendMeasurementsReply,
  AppendMeasurementsReply__Output as _copa_agent_v1_AppendMeasurementsReply__Output,
} from './copa/agent/v1/AppendMeasurementsReply.js';
import type {
  AppendMeasurementsRequest as _copa_agent_v1_AppendMeasurementsRequest,
  AppendMeasurementsRequest__Output as _copa_agent_v1_AppendMeasurementsRequest__Output,
} from './copa/agent/v1/AppendMeasurementsRequest.js';
import type {
  ApplyNamesReply as _copa_agent_v1_ApplyNamesReply,
  ApplyNamesReply__Output as _copa_agent_v1_ApplyNamesReply__Output,
} from './copa/agent/v1/ApplyNamesReply.js';
import type {
  ApplyNamesRequest as _copa_agent_v1_ApplyNamesRequest,
  ApplyNamesRequest__Output as _copa_agent_v1_ApplyNamesRequest__Output,
} from './copa/agent/v1/ApplyNamesRequest.js';
import type {
  ApplyNetworksReply as _copa_agent_v1_ApplyNetworksReply,
  ApplyNetworksReply__Output as _copa_agent_v1_ApplyNetworksReply__Output,
} from './copa/agent/v1/ApplyNetworksReply.js';
import type {
  ApplyNetworksRequest as _copa_agent_v1_ApplyNetworksRequest,
  ApplyNetworksRequest__Output as _copa_agent_v1_ApplyNetworksRequest__Output,
} from './copa/agent/v1/ApplyNetworksRequest.js';
import type {
  ApplyPortsReply as _copa_agent_v1_ApplyPortsReply,
  ApplyPortsReply__Output as _copa_agent_v1_ApplyPortsReply__Output,
} from './copa/agent/v1/ApplyPortsReply.js';
import type {
  ApplyPortsRequest as _copa_agent_v1_ApplyPortsRequest,
  ApplyPortsRequest__Output as _copa_agent_v1_ApplyPortsRequest__Output,
} from './copa/agent/v1/ApplyPortsRequest.js';
import type {
  AttachNetworkRequest as _copa_agent_v1_AttachNetworkRequest,
  AttachNetworkRequest__Output as _copa_agent_v1_AttachNetworkRequest__Output,
} from './copa/agent/v1/AttachNetworkRequest.js';
import type {
  AttachedVolume as _copa_agent_v1_AttachedVolume,
  AttachedVolume__Output as _copa_agent_v1_AttachedVolume__Output,
} from './copa/agent/v1/AttachedVolume.js';
import type {
  CallFrame as _copa_agent_v1_CallFrame,
  CallFrame__Output as _copa_agent_v1_CallFrame__Output,
} from './copa/agent/v1/CallFrame.js';
import type {
  Capacity as _copa_agent_v1_Capacity,
  Capacity__Output as _copa_agent_v1_Capacity__Output,
} from './copa/agent/v1/Capacity.js';
import type {
  CertificateRequest as _copa_agent_v1_CertificateRequest,
  CertificateRequest__Output as _copa_agent_v1_CertificateRequest__Output,
} from './copa/agent/v1/CertificateRequest.js';
import type {
  Changes as _copa_agent_v1_Changes,
  Changes__Output as _copa_agent_v1_Changes__Output,
} from './copa/agent/v1/Changes.js';
import type {
  CheckDestinationRequest as _copa_agent_v1_CheckDestinationRequest,
  CheckDestinationRequest__Output as _copa_agent_v1_CheckDestinationRequest__Output,
} from './copa/agent/v1/CheckDestinationRequest.js';
import type {
  CheckResult as _copa_agent_v1_CheckResult,
  CheckResult__Output as _copa_agent_v1_CheckResult__Output,
} from './copa/agent/v1/CheckResult.js';
import type {
  ConsoleLog as _copa_agent_v1_ConsoleLog,
  ConsoleLog__Output as _copa_agent_v1_ConsoleLog__Output,
} from './copa/agent/v1/ConsoleLog.js';
import type {
  Container as _copa_agent_v1_Container,
  Container__Output as _copa_agent_v1_Container__Output,
} from './copa/agent/v1/Container.js';
import type {
  ContainerCheck as _copa_agent_v1_ContainerCheck,
  ContainerCheck__Output as _copa_agent_v1_ContainerCheck__Output,
} from './copa/agent/v1/ContainerCheck.js';
import type {
  ContainerMark as _copa_agent_v1_ContainerMark,
  ContainerMark__Output as _copa_agent_v1_ContainerMark__Output,
} from './copa/agent/v1/ContainerMark.js';
import type {
  ContainerRequest as _copa_agent_v1_ContainerRequest,
  ContainerRequest__Output as _copa_agent_v1_ContainerRequest__Output,
} from './copa/agent/v1/ContainerRequest.js';
import type {
  ContainerUsage as _copa_agent_v1_ContainerUsage,
  ContainerUsage__Output as _copa_agent_v1_ContainerUsage__Output,
} from './copa/agent/v1/ContainerUsage.js';
import type {
  CopyContainerRequest as _copa_agent_v1_CopyContainerRequest,
  CopyContainerRequest__Output as _copa_agent_v1_CopyContainerRequest__Output,
} from './copa/agent/v1/CopyContainerRequest.js';
import type {
  CopyState as _copa_agent_v1_CopyState,
  CopyState__Output as _copa_agent_v1_CopyState__Output,
} from './copa/agent/v1/CopyState.js';
import type {
  CreateContainerRequest as _copa_agent_v1_CreateContainerRequest,
  CreateContainerRequest__Output as _copa_agent_v1_CreateContainerRequest__Output,
} from './copa/agent/v1/CreateContainerRequest.js';
import type {
  DaemonState as _copa_agent_v1_DaemonState,
  DaemonState__Output as _copa_agent_v1_DaemonState__Output,
} from './copa/agent/v1/DaemonState.js';
import type {
  DescribeHostRequest as _copa_agent_v1_DescribeHostRequest,
  DescribeHostRequest__Output as _copa_agent_v1_DescribeHostRequest__Output,
} from './copa/agent/v1/DescribeHostRequest.js';
import type {
  DescribeIdentityRequest as _copa_agent_v1_DescribeIdentityRequest,
  DescribeIdentityRequest__Output as _copa_agent_v1_DescribeIdentityRequest__Output,
} from './copa/agent/v1/DescribeIdentityRequest.js';
import type {
  DetachNetworkRequest as _copa_agent_v1_DetachNetworkRequest,
  DetachNetworkRequest__Output as _copa_agent_v1_DetachNetworkRequest__Output,
} from './copa/agent/v1/DetachNetworkRequest.js';
import type {
  Device as _copa_agent_v1_Device,
  Device__Output as _copa_agent_v1_Device__Output,
} from './copa/agent/v1/Device.js';
import type {
  Done as _copa_agent_v1_Done,
  Done__Output as _copa_agent_v1_Done__Output,
} from './copa/agent/v1/Done.js';
import type {
  Encryption as _copa_agent_v1_Encryption,
  Encryption__Output as _copa_agent_v1_Encryption__Output,
} from './copa/agent/v1/Encryption.js';
import type {
  EncryptionKey as _copa_agent_v1_EncryptionKey,
  EncryptionKey__Output as _copa_agent_v1_EncryptionKey__Output,
} from './copa/agent/v1/EncryptionKey.js';
import type {
  EncryptionPeer as _copa_agent_v1_EncryptionPeer,
  EncryptionPeer__Output as _copa_agent_v1_EncryptionPeer__Output,
} from './copa/agent/v1/EncryptionPeer.js';
import type {
  ExecInput as _copa_agent_v1_ExecInput,
  ExecInput__Output as _copa_agent_v1_ExecInput__Output,
} from './copa/agent/v1/ExecInput.js';
import type {
  ExecOutput as _copa_agent_v1_ExecOutput,
  ExecOutput__Output as _copa_agent_v1_ExecOutput__Output,
} from './copa/agent/v1/ExecOutput.js';
import type {
  ExecStart as _copa_agent_v1_ExecStart,
  ExecStart__Output as _copa_agent_v1_ExecStart__Output,
} from './copa/agent/v1/ExecStart.js';
import type {
  ExecuteReply as _copa_agent_v1_ExecuteReply,
  ExecuteReply__Output as _copa_agent_v1_ExecuteReply__Output,
} from './copa/agent/v1/ExecuteReply.js';
import type {
  ExecuteRequest as _copa_agent_v1_ExecuteRequest,
  ExecuteRequest__Output as _copa_agent_v1_ExecuteRequest__Output,
} from './copa/agent/v1/ExecuteRequest.js';
import type {
  Failure as _copa_agent_v1_Failure,
  Failure__Output as _copa_agent_v1_Failure__Output,
} from './copa/agent/v1/Failure.js';
import type {
  Finding as _copa_agent_v1_Finding,
  Finding__Output as _copa_agent_v1_Finding__Output,
} from './copa/agent/v1/Finding.js';
import type {
  Findings as _copa_agent_v1_Findings,
  Findings__Output as _copa_agent_v1_Findings__Output,
} from './copa/agent/v1/Findings.js';
import type {
  ForwardedPort as _copa_agent_v1_ForwardedPort,
  ForwardedPort__Output as _copa_agent_v1_ForwardedPort__Output,
} from './copa/agent/v1/ForwardedPort.js';
import type {
  GetInformationReply as _copa_agent_v1_GetInformationReply,
  GetInformationReply__Output as _copa_agent_v1_GetInformationReply__Output,
} from './copa/agent/v1/GetInformationReply.js';
import type {
  GetInformationRequest as _copa_agent_v1_GetInformationRequest,
  GetInformationRequest__Output as _copa_agent_v1_GetInformationRequest__Output,
} from './copa/agent/v1/GetInformationRequest.js';
import type {
  HoldSourceRequest as _copa_agent_v1_HoldSourceRequest,
  HoldSourceRequest__Output as _copa_agent_v1_HoldSourceRequest__Output,
} from './copa/agent/v1/HoldSourceRequest.js';
import type {
  Host as _copa_agent_v1_Host,
  Host__Output as _copa_agent_v1_Host__Output,
} from './copa/agent/v1/Host.js';
import type {
  HostIdentity as _copa_agent_v1_HostIdentity,
  HostIdentity__Output as _copa_agent_v1_HostIdentity__Output,
} from './copa/agent/v1/HostIdentity.js';
import type {
  HostNetwork as _copa_agent_v1_HostNetwork,
  HostNetwork__Output as _copa_agent_v1_HostNetwork__Output,
} from './copa/agent/v1/HostNetwork.js';
import type {
  Image as _copa_agent_v1_Image,
  Image__Output as _copa_agent_v1_Image__Output,
} from './copa/agent/v1/Image.js';
import type {
  ImageEvent as _copa_agent_v1_ImageEvent,
  ImageEvent__Output as _copa_agent_v1_ImageEvent__Output,
} from './copa/agent/v1/ImageEvent.js';
import type {
  ImageReceived as _copa_agent_v1_ImageReceived,
  ImageReceived__Output as _copa_agent_v1_ImageReceived__Output,
} from './copa/agent/v1/ImageReceived.js';
import type {
  Information as _copa_agent_v1_Information,
  Information__Output as _copa_agent_v1_Information__Output,
} from './copa/agent/v1/Information.js';
import type {
  InspectSourceRequest as _copa_agent_v1_InspectSourceRequest,
  InspectSourceRequest__Output as _copa_agent_v1_InspectSourceRequest__Output,
} from './copa/agent/v1/InspectSourceRequest.js';
import type {
  InstallCertificateRequest as _copa_agent_v1_InstallCertificateRequest,
  InstallCertificateRequest__Output as _copa_agent_v1_InstallCertificateRequest__Output,
} from './copa/agent/v1/InstallCertificateRequest.js';
import type {
  KeepCopyRequest as _copa_agent_v1_KeepCopyRequest,
  KeepCopyRequest__Output as _copa_agent_v1_KeepCopyRequest__Output,
} from './copa/agent/v1/KeepCopyRequest.js';
import type {
  Limits as _copa_agent_v1_Limits,
  Limits__Output as _copa_agent_v1_Limits__Output,
} from './copa/agent/v1/Limits.js';
import type {
  LinkPeer as _copa_agent_v1_LinkPeer,
  LinkPeer__Output as _copa_agent_v1_LinkPeer__Output,
} from './copa/agent/v1/LinkPeer.js';
import type {
  ListContainersReply as _copa_agent_v1_ListContainersReply,
  ListContainersReply__Output as _copa_agent_v1_ListContainersReply__Output,
} from './copa/agent/v1/ListContainersReply.js';
import type {
  ListContainersRequest as _copa_agent_v1_ListContainersRequest,
  ListContainersRequest__Output as _copa_agent_v1_ListContainersRequest__Output,
} from './copa/agent/v1/ListContainersRequest.js';
import type {
  ListImagesReply as _copa_agent_v1_ListImagesReply,
  ListImagesReply__Output as _copa_agent_v1_ListImagesReply__Output,
} from './copa/agent/v1/ListImagesReply.js';
import type {
  ListImagesRequest as _copa_agent_v1_ListImagesRequest,
  ListImagesRequest__Output as _copa_agent_v1_ListImagesRequest__Output,
} from './copa/agent/v1/ListImagesRequest.js';
import type {
  ListMarksReply as _copa_agent_v1_ListMarksReply,
  ListMarksReply__Output as _copa_agent_v1_ListMarksReply__Output,
} from './copa/agent/v1/ListMarksReply.js';
import type {
  ListMarksRequest as _copa_agent_v1_ListMarksRequest,
  ListMarksRequest__Output as _copa_agent_v1_ListMarksRequest__Output,
} from './copa/agent/v1/ListMarksRequest.js';
import type {
  ListSnapshotsReply as _copa_agent_v1_ListSnapshotsReply,
  ListSnapshotsReply__Output as _copa_agent_v1_ListSnapshotsReply__Output,
} from './copa/agent/v1/ListSnapshotsReply.js';
import type {
  Manifest as _copa_agent_v1_Manifest,
  Manifest__Output as _copa_agent_v1_Manifest__Output,
} from './copa/agent/v1/Manifest.js';
import type {
  Mapping as _copa_agent_v1_Mapping,
  Mapping__Output as _copa_agent_v1_Mapping__Output,
} from './copa/agent/v1/Mapping.js';
import type {
  Measurement as _copa_agent_v1_Measurement,
  Measurement__Output as _copa_agent_v1_Measurement__Output,
} from './copa/agent/v1/Measurement.js';
import type {
  MeasurementSummary as _copa_agent_v1_MeasurementSummary,
  MeasurementSummary__Output as _copa_agent_v1_MeasurementSummary__Output,
} from './copa/agent/v1/MeasurementSummary.js';
import type {
  MigrationCommand as _copa_agent_v1_MigrationCommand,
  MigrationCommand__Output as _copa_agent_v1_MigrationCommand__Output,
} from './copa/agent/v1/MigrationCommand.js';
import type {
  MovedVolume as _copa_agent_v1_MovedVolume,
  MovedVolume__Output as _copa_agent_v1_MovedVolume__Output,
} from './copa/agent/v1/MovedVolume.js';
import type {
  NetworkFinding as _copa_agent_v1_NetworkFinding,
  NetworkFinding__Output as _copa_agent_v1_NetworkFinding__Output,
} from './copa/agent/v1/NetworkFinding.js';
import type {
  NetworkInterface as _copa_agent_v1_NetworkInterface,
  NetworkInterface__Output as _copa_agent_v1_NetworkInterface__Output,
} from './copa/agent/v1/NetworkInterface.js';
import type {
  NetworkName as _copa_agent_v1_NetworkName,
  NetworkName__Output as _copa_agent_v1_NetworkName__Output,
} from './copa/agent/v1/NetworkName.js';
import type {
  Note as _copa_agent_v1_Note,
  Note__Output as _copa_agent_v1_Note__Output,
} from './copa/agent/v1/Note.js';
import type {
  ParkContainerRequest as _copa_agent_v1_ParkContainerRequest,
  ParkContainerRequest__Output as _copa_agent_v1_ParkContainerRequest__Output,
} from './copa/agent/v1/ParkContainerRequest.js';
import type {
  PortFinding as _copa_agent_v1_PortFinding,
  PortFinding__Output as _copa_agent_v1_PortFinding__Output,
} from './copa/agent/v1/PortFinding.js';
import type {
  PrepareCertificateRequest as _copa_agent_v1_PrepareCertificateRequest,
  PrepareCertificateRequest__Output as _copa_agent_v1_PrepareCertificateRequest__Output,
} from './copa/agent/v1/PrepareCertificateRequest.js';
import type {
  ProbeStreamRequest as _copa_agent_v1_ProbeStreamRequest,
  ProbeStreamRequest__Output as _copa_agent_v1_ProbeStreamRequest__Output,
} from './copa/agent/v1/ProbeStreamRequest.js';
import type {
  ProfileSettings as _copa_agent_v1_ProfileSettings,
  ProfileSettings__Output as _copa_agent_v1_ProfileSettings__Output,
} from './copa/agent/v1/ProfileSettings.js';
import type {
  Question as _copa_agent_v1_Question,
  Question__Output as _copa_agent_v1_Question__Output,
} from './copa/agent/v1/Question.js';
import type {
  ReadMeasurementsReply as _copa_agent_v1_ReadMeasurementsReply,
  ReadMeasurementsReply__Output as _copa_agent_v1_ReadMeasurementsReply__Output,
} from './copa/agent/v1/ReadMeasurementsReply.js';
import type {
  ReadMeasurementsRequest as _copa_agent_v1_ReadMeasurementsRequest,
  ReadMeasurementsRequest__Output as _copa_agent_v1_ReadMeasurementsRequest__Output,
} from './copa/agent/v1/ReadMeasurementsRequest.js';
import type {
  ReceiveCopyRequest as _copa_agent_v1_ReceiveCopyRequest,
  ReceiveCopyRequest__Output as _copa_agent_v1_ReceiveCopyRequest__Output,
} from './copa/agent/v1/ReceiveCopyRequest.js';
import type {
  ReceiveImageRequest as _copa_agent_v1_ReceiveImageRequest,
  ReceiveImageRequest__Output as _copa_agent_v1_ReceiveImageRequest__Output,
} from './copa/agent/v1/ReceiveImageRequest.js';
import type {
  ReceiveTrafficRequest as _copa_agent_v1_ReceiveTrafficRequest,
  ReceiveTrafficRequest__Output as _copa_agent_v1_ReceiveTrafficRequest__Output,
} from './copa/agent/v1/ReceiveTrafficRequest.js';
import type {
  RemoveMarkRequest as _copa_agent_v1_RemoveMarkRequest,
  RemoveMarkRequest__Output as _copa_agent_v1_RemoveMarkRequest__Output,
} from './copa/agent/v1/RemoveMarkRequest.js';
import type {
  RemoveSourceRequest as _copa_agent_v1_RemoveSourceRequest,
  RemoveSourceRequest__Output as _copa_agent_v1_RemoveSourceRequest__Output,
} from './copa/agent/v1/RemoveSourceRequest.js';
import type {
  RenameContainerRequest as _copa_agent_v1_RenameContainerRequest,
  RenameContainerRequest__Output as _copa_agent_v1_RenameContainerRequest__Output,
} from './copa/agent/v1/RenameContainerRequest.js';
import type {
  Renaming as _copa_agent_v1_Renaming,
  Renaming__Output as _copa_agent_v1_Renaming__Output,
} from './copa/agent/v1/Renaming.js';
import type {
  ReplyFrame as _copa_agent_v1_ReplyFrame,
  ReplyFrame__Output as _copa_agent_v1_ReplyFrame__Output,
} from './copa/agent/v1/ReplyFrame.js';
import type {
  RestoreSnapshotRequest as _copa_agent_v1_RestoreSnapshotRequest,
  RestoreSnapshotRequest__Output as _copa_agent_v1_RestoreSnapshotRequest__Output,
} from './copa/agent/v1/RestoreSnapshotRequest.js';
import type {
  RestoreSourceRequest as _copa_agent_v1_RestoreSourceRequest,
  RestoreSourceRequest__Output as _copa_agent_v1_RestoreSourceRequest__Output,
} from './copa/agent/v1/RestoreSourceRequest.js';
import type {
  Revocation as _copa_agent_v1_Revocation,
  Revocation__Output as _copa_agent_v1_Revocation__Output,
} from './copa/agent/v1/Revocation.js';
import type {
  SendCopyRequest as _copa_agent_v1_SendCopyRequest,
  SendCopyRequest__Output as _copa_agent_v1_SendCopyRequest__Output,
} from './copa/agent/v1/SendCopyRequest.js';
import type {
  SendImageRequest as _copa_agent_v1_SendImageRequest,
  SendImageRequest__Output as _copa_agent_v1_SendImageRequest__Output,
} from './copa/agent/v1/SendImageRequest.js';
import type {
  SendTrafficRequest as _copa_agent_v1_SendTrafficRequest,
  SendTrafficRequest__Output as _copa_agent_v1_SendTrafficRequest__Output,
} from './copa/agent/v1/SendTrafficRequest.js';
import type {
  SetLabelsRequest as _copa_agent_v1_SetLabelsRequest,
  SetLabelsRequest__Output as _copa_agent_v1_SetLabelsRequest__Output,
} from './copa/agent/v1/SetLabelsRequest.js';
import type {
  SetLimitsRequest as _copa_agent_v1_SetLimitsRequest,
  SetLimitsRequest__Output as _copa_agent_v1_SetLimitsRequest__Output,
} from './copa/agent/v1/SetLimitsRequest.js';
import type {
  SetLinkPeersRequest as _copa_agent_v1_SetLinkPeersRequest,
  SetLinkPeersRequest__Output as _copa_agent_v1_SetLinkPeersRequest__Output,
} from './copa/agent/v1/SetLinkPeersRequest.js';
import type {
  SettleDestinationReply as _copa_agent_v1_SettleDestinationReply,
  SettleDestinationReply__Output as _copa_agent_v1_SettleDestinationReply__Output,
} from './copa/agent/v1/SettleDestinationReply.js';
import type {
  SettleDestinationRequest as _copa_agent_v1_SettleDestinationRequest,
  SettleDestinationRequest__Output as _copa_agent_v1_SettleDestinationRequest__Output,
} from './copa/agent/v1/SettleDestinationRequest.js';
import type {
  Snapshot as _copa_agent_v1_Snapshot,
  Snapshot__Output as _copa_agent_v1_Snapshot__Output,
} from './copa/agent/v1/Snapshot.js';
import type {
  SnapshotRequest as _copa_agent_v1_SnapshotRequest,
  SnapshotRequest__Output as _copa_agent_v1_SnapshotRequest__Output,
} from './copa/agent/v1/SnapshotRequest.js';
import type {
  SnapshotSettings as _copa_agent_v1_SnapshotSettings,
  SnapshotSettings__Output as _copa_agent_v1_SnapshotSettings__Output,
} from './copa/agent/v1/SnapshotSettings.js';
import type {
  Space as _copa_agent_v1_Space,
  Space__Output as _copa_agent_v1_Space__Output,
} from './copa/agent/v1/Space.js';
import type {
  Station as _copa_agent_v1_Station,
  Station__Output as _copa_agent_v1_Station__Output,
} from './copa/agent/v1/Station.js';
import type {
  StopContainerRequest as _copa_agent_v1_StopContainerRequest,
  StopContainerRequest__Output as _copa_agent_v1_StopContainerRequest__Output,
} from './copa/agent/v1/StopContainerRequest.js';
import type {
  StorageUse as _copa_agent_v1_StorageUse,
  StorageUse__Output as _copa_agent_v1_StorageUse__Output,
} from './copa/agent/v1/StorageUse.js';
import type {
  SummarizeMeasurementsRequest as _copa_agent_v1_SummarizeMeasurementsRequest,
  SummarizeMeasurementsRequest__Output as _copa_agent_v1_SummarizeMeasurementsRequest__Output,
} from './copa/agent/v1/SummarizeMeasurementsRequest.js';
import type {
  TerminalSize as _copa_agent_v1_TerminalSize,
  TerminalSize__Output as _copa_agent_v1_TerminalSize__Output,
} from './copa/agent/v1/TerminalSize.js';
import type {
  TrafficEvent as _copa_agent_v1_TrafficEvent,
  TrafficEvent__Output as _copa_agent_v1_TrafficEvent__Output,
} from './copa/agent/v1/TrafficEvent.js';
import type {
  TransferEvent as _copa_agent_v1_TransferEvent,
  TransferEvent__Output as _copa_agent_v1_TransferEvent__Output,
} from './copa/agent/v1/TransferEvent.js';
import type {
  Trust as _copa_agent_v1_Trust,
  Trust__Output as _copa_agent_v1_Trust__Output,
} from './copa/agent/v1/Trust.js';
import type {
  UnparkContainerRequest as _copa_agent_v1_UnparkContainerRequest,
  UnparkContainerRequest__Output as _copa_agent_v1_UnparkContainerRequest__Output,
} from './copa/agent/v1/UnparkContainerRequest.js';
import type {
  UpdateTrustRequest as _copa_agent_v1_UpdateTrustRequest,
  UpdateTrustRequest__Output as _copa_agent_v1_UpdateTrustRequest__Output,
} from './copa/agent/v1/UpdateTrustRequest.js';
import type {
  Usage as _copa_agent_v1_Usage,
  Usage__Output as _copa_agent_v1_Usage__Output,
} from './copa/agent/v1/Usage.js';
import type {
  VolumeName as _copa_agent_v1_VolumeName,
  VolumeName__Output as _copa_agent_v1_VolumeName__Output,
} from './copa/agent/v1/VolumeName.js';
import type {
  VolumePlan as _copa_agent_v1_VolumePlan,
  VolumePlan__Output as _copa_agent_v1_VolumePlan__Output,
} from './copa/agent/v1/VolumePlan.js';
import type {
  WatchEvent as _copa_agent_v1_WatchEvent,
  WatchEvent__Output as _copa_agent_v1_WatchEvent__Output,
} from './copa/agent/v1/WatchEvent.js';
import type {
  WatchRequest as _copa_agent_v1_WatchRequest,
  WatchRequest__Output as _copa_agent_v1_WatchRequest__Output,
} from './copa/agent/v1/WatchRequest.js';
import type {
  WatchUsageRequest as _copa_agent_v1_WatchUsageRequest,
  WatchUsageRequest__Output as _copa_agent_v1_WatchUsageRequest__Output,
} from './copa/agent/v1/WatchUsageRequest.js';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new (...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  copa: {
    agent: {
      v1: {
        ActivateDestinationRequest: MessageTypeDefinition<
          _copa_agent_v1_ActivateDestinationRequest,
          _copa_agent_v1_ActivateDestinationRequest__Output
        >;
        Agent: SubtypeConstructor<typeof grpc.Client, _copa_agent_v1_AgentClient> & {
          service: _copa_agent_v1_AgentDefinition;
        };
        Answer: MessageTypeDefinition<_copa_agent_v1_Answer, _copa_agent_v1_Answer__Output>;
        AppendMeasurementsReply: MessageTypeDefinition<
          _copa_agent_v1_AppendMeasurementsReply,
          _copa_agent_v1_AppendMeasurementsReply__Output
        >;
        AppendMeasurementsRequest: MessageTypeDefinition<
          _copa_agent_v1_AppendMeasurementsRequest,
          _copa_agent_v1_AppendMeasurementsRequest__Output
        >;
        ApplyNamesReply: MessageTypeDefinition<
          _copa_agent_v1_ApplyNamesReply,
          _copa_agent_v1_ApplyNamesReply__Output
        >;
        ApplyNamesRequest: MessageTypeDefinition<
          _copa_agent_v1_ApplyNamesRequest,
          _copa_agent_v1_ApplyNamesRequest__Output
        >;
        ApplyNetworksReply: MessageTypeDefinition<
          _copa_agent_v1_ApplyNetworksReply,
          _copa_agent_v1_ApplyNetworksReply__Output
        >;
        ApplyNetworksRequest: MessageTypeDefinition<
          _copa_agent_v1_ApplyNetworksRequest,
          _copa_agent_v1_ApplyNetworksRequest__Output
        >;
        ApplyPortsReply: MessageTypeDefinition<
          _copa_agent_v1_ApplyPortsReply,
          _copa_agent_v1_ApplyPortsReply__Output
        >;
        ApplyPortsRequest: MessageTypeDefinition<
          _copa_agent_v1_ApplyPortsRequest,
          _copa_agent_v1_ApplyPortsRequest__Output
        >;
        AttachNetworkRequest: MessageTypeDefinition<
          _copa_agent_v1_AttachNetworkRequest,
          _copa_agent_v1_AttachNetworkRequest__Output
        >;
        AttachedVolume: MessageTypeDefinition<
          _copa_agent_v1_AttachedVolume,
          _copa_agent_v1_AttachedVolume__Output
        >;
        CallFrame: MessageTypeDefinition<_copa_agent_v1_CallFrame, _copa_agent_v1_CallFrame__Output>;
        Capacity: MessageTypeDefinition<_copa_agent_v1_Capacity, _copa_agent_v1_Capacity__Output>;
        CertificateRequest: MessageTypeDefinition<
          _copa_agent_v1_CertificateRequest,
          _copa_agent_v1_CertificateRequest__Output
        >;
        Changes: MessageTypeDefinition<_copa_agent_v1_Changes, _copa_agent_v1_Changes__Output>;
        CheckDestinationRequest: MessageTypeDefinition<
          _copa_agent_v1_CheckDestinationRequest,
          _copa_agent_v1_CheckDestinationRequest__Output
        >;
        CheckResult: MessageTypeDefinition<_copa_agent_v1_CheckResult, _copa_agent_v1_CheckResult__Output>;
        ConsoleLog: MessageTypeDefinition<_copa_agent_v1_ConsoleLog, _copa_agent_v1_ConsoleLog__Output>;
        Container: MessageTypeDefinition<_copa_agent_v1_Container, _copa_agent_v1_Container__Output>;
        ContainerCheck: MessageTypeDefinition<
          _copa_agent_v1_ContainerCheck,
          _copa_agent_v1_ContainerCheck__Output
        >;
        ContainerMark: MessageTypeDefinition<
          _copa_agent_v1_ContainerMark,
          _copa_agent_v1_ContainerMark__Output
        >;
        ContainerRequest: MessageTypeDefinition<
          _copa_agent_v1_ContainerRequest,
          _copa_agent_v1_ContainerRequest__Output
        >;
        ContainerUsage: MessageTypeDefinition<
          _copa_agent_v1_ContainerUsage,
          _copa_agent_v1_ContainerUsage__Output
        >;
        CopyContainerRequest: MessageTypeDefinition<
          _copa_agent_v1_CopyContainerRequest,
          _copa_agent_v1_CopyContainerRequest__Output
        >;
        CopyState: MessageTypeDefinition<_copa_agent_v1_CopyState, _copa_agent_v1_CopyState__Output>;
        CreateContainerRequest: MessageTypeDefinition<
          _copa_agent_v1_CreateContainerRequest,
          _copa_agent_v1_CreateContainerRequest__Output
        >;
        DaemonState: MessageTypeDefinition<_copa_agent_v1_DaemonState, _copa_agent_v1_DaemonState__Output>;
        DescribeHostRequest: MessageTypeDefinition<
          _copa_agent_v1_DescribeHostRequest,
          _copa_agent_v1_DescribeHostRequest__Output
        >;
        DescribeIdentityRequest: MessageTypeDefinition<
          _copa_agent_v1_DescribeIdentityRequest,
          _copa_agent_v1_DescribeIdentityRequest__Output
        >;
        DetachNetworkRequest: MessageTypeDefinition<
          _copa_agent_v1_DetachNetworkRequest,
          _copa_agent_v1_DetachNetworkRequest__Output
        >;
        Device: MessageTypeDefinition<_copa_agent_v1_Device, _copa_agent_v1_Device__Output>;
        Done: MessageTypeDefinition<_copa_agent_v1_Done, _copa_agent_v1_Done__Output>;
        Encryption: MessageTypeDefinition<_copa_agent_v1_Encryption, _copa_agent_v1_Encryption__Output>;
        EncryptionKey: MessageTypeDefinition<
          _copa_agent_v1_EncryptionKey,
          _copa_agent_v1_EncryptionKey__Output
        >;
        EncryptionPeer: MessageTypeDefinition<
          _copa_agent_v1_EncryptionPeer,
          _copa_agent_v1_EncryptionPeer__Output
        >;
        ExecInput: MessageTypeDefinition<_copa_agent_v1_ExecInput, _copa_agent_v1_ExecInput__Output>;
        ExecOutput: MessageTypeDefinition<_copa_agent_v1_ExecOutput, _copa_agent_v1_ExecOutput__Output>;
        ExecStart: MessageTypeDefinition<_copa_agent_v1_ExecStart, _copa_agent_v1_ExecStart__Output>;
        ExecuteReply: MessageTypeDefinition<_copa_agent_v1_ExecuteReply, _copa_agent_v1_ExecuteReply__Output>;
        ExecuteRequest: MessageTypeDefinition<
          _copa_agent_v1_ExecuteRequest,
          _copa_agent_v1_ExecuteRequest__Output
        >;
        Failure: MessageTypeDefinition<_copa_agent_v1_Failure, _copa_agent_v1_Failure__Output>;
        Finding: MessageTypeDefinition<_copa_agent_v1_Finding, _copa_agent_v1_Finding__Output>;
        Findings: MessageTypeDefinition<_copa_agent_v1_Findings, _copa_agent_v1_Findings__Output>;
        ForwardedPort: MessageTypeDefinition<
          _copa_agent_v1_ForwardedPort,
          _copa_agent_v1_ForwardedPort__Output
        >;
        GetInformationReply: MessageTypeDefinition<
          _copa_agent_v1_GetInformationReply,
          _copa_agent_v1_GetInformationReply__Output
        >;
        GetInformationRequest: MessageTypeDefinition<
          _copa_agent_v1_GetInformationRequest,
          _copa_agent_v1_GetInformationRequest__Output
        >;
        HoldSourceRequest: MessageTypeDefinition<
          _copa_agent_v1_HoldSourceRequest,
          _copa_agent_v1_HoldSourceRequest__Output
        >;
        Host: MessageTypeDefinition<_copa_agent_v1_Host, _copa_agent_v1_Host__Output>;
        HostIdentity: MessageTypeDefinition<_copa_agent_v1_HostIdentity, _copa_agent_v1_HostIdentity__Output>;
        HostNetwork: MessageTypeDefinition<_copa_agent_v1_HostNetwork, _copa_agent_v1_HostNetwork__Output>;
        Image: MessageTypeDefinition<_copa_agent_v1_Image, _copa_agent_v1_Image__Output>;
        ImageEvent: MessageTypeDefinition<_copa_agent_v1_ImageEvent, _copa_agent_v1_ImageEvent__Output>;
        ImageReceived: MessageTypeDefinition<
          _copa_agent_v1_ImageReceived,
          _copa_agent_v1_ImageReceived__Output
        >;
        Information: MessageTypeDefinition<_copa_agent_v1_Information, _copa_agent_v1_Information__Output>;
        InspectSourceRequest: MessageTypeDefinition<
          _copa_agent_v1_InspectSourceRequest,
          _copa_agent_v1_InspectSourceRequest__Output
        >;
        InstallCertificateRequest: MessageTypeDefinition<
          _copa_agent_v1_InstallCertificateRequest,
          _copa_agent_v1_InstallCertificateRequest__Output
        >;
        KeepCopyRequest: MessageTypeDefinition<
          _copa_agent_v1_KeepCopyRequest,
          _copa_agent_v1_KeepCopyRequest__Output
        >;
        Limits: MessageTypeDefinition<_copa_agent_v1_Limits, _copa_agent_v1_Limits__Output>;
        LinkPeer: MessageTypeDefinition<_copa_agent_v1_LinkPeer, _copa_agent_v1_LinkPeer__Output>;
        ListContainersReply: MessageTypeDefinition<
          _copa_agent_v1_ListContainersReply,
          _copa_agent_v1_ListContainersReply__Output
        >;
        ListContainersRequest: MessageTypeDefinition<
          _copa_agent_v1_ListContainersRequest,
          _copa_agent_v1_ListContainersRequest__Output
        >;
        ListImagesReply: MessageTypeDefinition<
          _copa_agent_v1_ListImagesReply,
          _copa_agent_v1_ListImagesReply__Output
        >;
        ListImagesRequest: MessageTypeDefinition<
          _copa_agent_v1_ListImagesRequest,
          _copa_agent_v1_ListImagesRequest__Output
        >;
        ListMarksReply: MessageTypeDefinition<
          _copa_agent_v1_ListMarksReply,
          _copa_agent_v1_ListMarksReply__Output
        >;
        ListMarksRequest: MessageTypeDefinition<
          _copa_agent_v1_ListMarksRequest,
          _copa_agent_v1_ListMarksRequest__Output
        >;
        ListSnapshotsReply: MessageTypeDefinition<
          _copa_agent_v1_ListSnapshotsReply,
          _copa_agent_v1_ListSnapshotsReply__Output
        >;
        Listing: EnumTypeDefinition;
        Manifest: MessageTypeDefinition<_copa_agent_v1_Manifest, _copa_agent_v1_Manifest__Output>;
        Mapping: MessageTypeDefinition<_copa_agent_v1_Mapping, _copa_agent_v1_Mapping__Output>;
        Measurement: MessageTypeDefinition<_copa_agent_v1_Measurement, _copa_agent_v1_Measurement__Output>;
        MeasurementSummary: MessageTypeDefinition<
          _copa_agent_v1_MeasurementSummary,
          _copa_agent_v1_MeasurementSummary__Output
        >;
        MigrationCommand: MessageTypeDefinition<
          _copa_agent_v1_MigrationCommand,
          _copa_agent_v1_MigrationCommand__Output
        >;
        MovedVolume: MessageTypeDefinition<_copa_agent_v1_MovedVolume, _copa_agent_v1_MovedVolume__Output>;
        NetworkFinding: MessageTypeDefinition<
          _copa_agent_v1_NetworkFinding,
          _copa_agent_v1_NetworkFinding__Output
        >;
        NetworkInterface: MessageTypeDefinition<
          _copa_agent_v1_NetworkInterface,
          _copa_agent_v1_NetworkInterface__Output
        >;
        NetworkName: MessageTypeDefinition<_copa_agent_v1_NetworkName, _copa_agent_v1_NetworkName__Output>;
        Note: MessageTypeDefinition<_copa_agent_v1_Note, _copa_agent_v1_Note__Output>;
        ParkContainerRequest: MessageTypeDefinition<
          _copa_agent_v1_ParkContainerRequest,
          _copa_agent_v1_ParkContainerRequest__Output
        >;
        PortFinding: MessageTypeDefinition<_copa_agent_v1_PortFinding, _copa_agent_v1_PortFinding__Output>;
        PrepareCertificateRequest: MessageTypeDefinition<
          _copa_agent_v1_PrepareCertificateRequest,
          _copa_agent_v1_PrepareCertificateRequest__Output
        >;
        ProbeStreamRequest: MessageTypeDefinition<
          _copa_agent_v1_ProbeStreamRequest,
          _copa_agent_v1_ProbeStreamRequest__Output
        >;
        ProfileSettings: MessageTypeDefinition<
          _copa_agent_v1_ProfileSettings,
          _copa_agent_v1_ProfileSettings__Output
        >;
        Question: MessageTypeDefinition<_copa_agent_v1_Question, _copa_agent_v1_Question__Output>;
        ReadMeasurementsReply: MessageTypeDefinition<
          _copa_agent_v1_ReadMeasurementsReply,
          _copa_agent_v1_ReadMeasurementsReply__Output
        >;
        ReadMeasurementsRequest: MessageTypeDefinition<
          _copa_agent_v1_ReadMeasurementsRequest,
          _copa_agent_v1_ReadMeasurementsRequest__Output
        >;
        ReceiveCopyRequest: MessageTypeDefinition<
          _copa_agent_v1_ReceiveCopyRequest,
          _copa_agent_v1_ReceiveCopyRequest__Output
        >;
        ReceiveImageRequest: MessageTypeDefinition<
          _copa_agent_v1_ReceiveImageRequest,
          _copa_agent_v1_ReceiveImageRequest__Output
        >;
        ReceiveTrafficRequest: MessageTypeDefinition<
          _copa_agent_v1_ReceiveTrafficRequest,
          _copa_agent_v1_ReceiveTrafficRequest__Output
        >;
        RemoveMarkRequest: MessageTypeDefinition<
          _copa_agent_v1_RemoveMarkRequest,
          _copa_agent_v1_RemoveMarkRequest__Output
        >;
        RemoveSourceRequest: MessageTypeDefinition<
          _copa_agent_v1_RemoveSourceRequest,
          _copa_agent_v1_RemoveSourceRequest__Output
        >;
        RenameContainerRequest: MessageTypeDefinition<
          _copa_agent_v1_RenameContainerRequest,
          _copa_agent_v1_RenameContainerRequest__Output
        >;
        Renaming: MessageTypeDefinition<_copa_agent_v1_Renaming, _copa_agent_v1_Renaming__Output>;
        ReplyFrame: MessageTypeDefinition<_copa_agent_v1_ReplyFrame, _copa_agent_v1_ReplyFrame__Output>;
        RestoreSnapshotRequest: MessageTypeDefinition<
          _copa_agent_v1_RestoreSnapshotRequest,
          _copa_agent_v1_RestoreSnapshotRequest__Output
        >;
        RestoreSourceRequest: MessageTypeDefinition<
          _copa_agent_v1_RestoreSourceRequest,
          _copa_agent_v1_RestoreSourceRequest__Output
        >;
        Revocation: MessageTypeDefinition<_copa_agent_v1_Revocation, _copa_agent_v1_Revocation__Output>;
        SendCopyRequest: MessageTypeDefinition<
          _copa_agent_v1_SendCopyRequest,
          _copa_agent_v1_SendCopyRequest__Output
        >;
        SendImageRequest: MessageTypeDefinition<
          _copa_agent_v1_SendImageRequest,
          _copa_agent_v1_SendImageRequest__Output
        >;
        SendTrafficRequest: MessageTypeDefinition<
          _copa_agent_v1_SendTrafficRequest,
          _copa_agent_v1_SendTrafficRequest__Output
        >;
        SetLabelsRequest: MessageTypeDefinition<
          _copa_agent_v1_SetLabelsRequest,
          _copa_agent_v1_SetLabelsRequest__Output
        >;
        SetLimitsRequest: MessageTypeDefinition<
          _copa_agent_v1_SetLimitsRequest,
          _copa_agent_v1_SetLimitsRequest__Output
        >;
        SetLinkPeersRequest: MessageTypeDefinition<
          _copa_agent_v1_SetLinkPeersRequest,
          _copa_agent_v1_SetLinkPeersRequest__Output
        >;
        SettleDestinationReply: MessageTypeDefinition<
          _copa_agent_v1_SettleDestinationReply,
          _copa_agent_v1_SettleDestinationReply__Output
        >;
        SettleDestinationRequest: MessageTypeDefinition<
          _copa_agent_v1_SettleDestinationRequest,
          _copa_agent_v1_SettleDestinationRequest__Output
        >;
        Snapshot: MessageTypeDefinition<_copa_agent_v1_Snapshot, _copa_agent_v1_Snapshot__Output>;
        SnapshotRequest: MessageTypeDefinition<
          _copa_agent_v1_SnapshotRequest,
          _copa_agent_v1_SnapshotRequest__Output
        >;
        SnapshotSettings: MessageTypeDefinition<
          _copa_agent_v1_SnapshotSettings,
          _copa_agent_v1_SnapshotSettings__Output
        >;
        Space: MessageTypeDefinition<_copa_agent_v1_Space, _copa_agent_v1_Space__Output>;
        Station: MessageTypeDefinition<_copa_agent_v1_Station, _copa_agent_v1_Station__Output>;
        StopContainerRequest: MessageTypeDefinition<
          _copa_agent_v1_StopContainerRequest,
          _copa_agent_v1_StopContainerRequest__Output
        >;
        StorageUse: MessageTypeDefinition<_copa_agent_v1_StorageUse, _copa_agent_v1_StorageUse__Output>;
        SummarizeMeasurementsRequest: MessageTypeDefinition<
          _copa_agent_v1_SummarizeMeasurementsRequest,
          _copa_agent_v1_SummarizeMeasurementsRequest__Output
        >;
        TerminalSize: MessageTypeDefinition<_copa_agent_v1_TerminalSize, _copa_agent_v1_TerminalSize__Output>;
        TrafficEvent: MessageTypeDefinition<_copa_agent_v1_TrafficEvent, _copa_agent_v1_TrafficEvent__Output>;
        TransferEvent: MessageTypeDefinition<
          _copa_agent_v1_TransferEvent,
          _copa_agent_v1_TransferEvent__Output
        >;
        Trust: MessageTypeDefinition<_copa_agent_v1_Trust, _copa_agent_v1_Trust__Output>;
        UnparkContainerRequest: MessageTypeDefinition<
          _copa_agent_v1_UnparkContainerRequest,
          _copa_agent_v1_UnparkContainerRequest__Output
        >;
        UpdateTrustRequest: MessageTypeDefinition<
          _copa_agent_v1_UpdateTrustRequest,
          _copa_agent_v1_UpdateTrustRequest__Output
        >;
        Usage: MessageTypeDefinition<_copa_agent_v1_Usage, _copa_agent_v1_Usage__Output>;
        VolumeName: MessageTypeDefinition<_copa_agent_v1_VolumeName, _copa_agent_v1_VolumeName__Output>;
        VolumePlan: MessageTypeDefinition<_copa_agent_v1_VolumePlan, _copa_agent_v1_VolumePlan__Output>;
        WatchEvent: MessageTypeDefinition<_copa_agent_v1_WatchEvent, _copa_agent_v1_WatchEvent__Output>;
        WatchRequest: MessageTypeDefinition<_copa_agent_v1_WatchRequest, _copa_agent_v1_WatchRequest__Output>;
        WatchUsageRequest: MessageTypeDefinition<
          _copa_agent_v1_WatchUsageRequest,
          _copa_agent_v1_WatchUsageRequest__Output
        >;
      };
    };
  };
}
