// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Hosting.Kinds;
using VhostDevice.Linux.Sandbox;

namespace VhostDevice.Devices.Console.Ports;

/// <summary>What ports need of the sandbox once the daemon serves.</summary>
internal static class PortFolders
{
    internal const string Hint =
        "; if it is the sandbox that denies it: a running daemon has only the folders of its sockets, logs and links, and no TCP ports";

    /// <param name="control">The control socket, through which ports are added later; null: none are.</param>
    internal static void Allow(Opening at, IReadOnlyList<PortSettings> ports, string? control)
    {
        FolderRights grown = FolderRights.RemoveFiles | FolderRights.MakeSockets | FolderRights.ConnectSockets | FolderRights.MakeFiles
            | FolderRights.WriteFiles;
        foreach (PortSettings port in ports)
        {
            FolderRights rights = port.End switch
            {
                EndKind.Unix or EndKind.PseudoTerminal => FolderRights.RemoveFiles,
                EndKind.UnixClient => FolderRights.ConnectSockets,
                EndKind.Log => FolderRights.RemoveFiles | FolderRights.MakeFiles | FolderRights.WriteFiles,
                _ => FolderRights.None,
            };
            if (rights != FolderRights.None && port.Target.Length > 0)
                at.AllowFolderOf(port.Target, control is null ? rights : grown);
        }

        if (control is null)
            return;
        at.AllowFolderOf(control, grown);
        // A pseudo-terminal is made by opening the one, and known by the other.
        at.AllowFolder("/dev/ptmx", FolderRights.ReadFiles | FolderRights.WriteFiles | FolderRights.ControlDevices);
        at.AllowFolder("/dev/pts", FolderRights.ReadFiles | FolderRights.WriteFiles | FolderRights.ControlDevices);
    }
}
