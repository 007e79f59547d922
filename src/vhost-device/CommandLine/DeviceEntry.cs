// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.CommandLine;
using VhostDevice.Linux.Sandbox;

namespace VhostDevice.Program.CommandLine;

/// <summary>One device of the program: its name on the command line, its options and how it is run.</summary>
internal abstract class DeviceEntry
{
    /// <summary>Name of the command, and of the link after "vhost-device-".</summary>
    internal abstract string Name { get; }

    /// <summary>One line for the list of devices.</summary>
    internal abstract string Description { get; }

    /// <summary>What --help shows behind the command's name as its usage: plain words that a shell leaves as they are.</summary>
    internal abstract string Usage { get; }

    /// <summary>What --help shows behind the command's name as an example.</summary>
    internal abstract string Example { get; }

    /// <summary>The type in --print-capabilities (vhost-user specification, "Back-end program conventions").</summary>
    internal virtual string BackEndType => Name;

    /// <summary>The optional features in --print-capabilities.</summary>
    internal virtual IReadOnlyList<string> Capabilities => [];

    /// <summary>Name in logs and RUST_LOG filters.</summary>
    internal string LogTarget => "vhost_device_" + Name.Replace('-', '_');

    /// <summary>Allows the system calls that this device makes once it serves, beyond those that all devices make.</summary>
    internal virtual void AllowCalls(SeccompFilter filter)
    {
    }

    /// <summary>Adds options to the command and sets its action; the action gives the exit status.</summary>
    internal abstract void Configure(Command command);
}
