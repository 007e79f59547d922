// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Hosting.CommandLine;
using VhostDevice.Linux.Sandbox;

namespace VhostDevice.Hosting.Kinds;

/// <summary>
/// A kind of device, as a table: its name and virtio id, what its command line may say, which system calls it makes,
/// and how its host side is opened. The parser, the help, the daemon and every list of devices read this.
/// </summary>
/// <remarks>
/// The phases of a start are those of the members: <see cref="Settings"/> and <see cref="Problem"/> touch nothing,
/// <see cref="Open"/> opens by name what the device needs, <see cref="Opening.Begin(Action)"/> leaves for later what has
/// threads, then the process enters its sandbox and serves.
/// </remarks>
/// <param name="name">Name of the command, and of the link after "vhost-device-".</param>
/// <param name="deviceId">Virtio device id (virtio 1.3 §5). 0: it is none of virtio's types, so no driver of a guest uses it; or several.</param>
/// <param name="purpose">One line for lists of devices, without a full stop.</param>
public abstract class DeviceKind(string name, uint deviceId, string purpose)
{
    public string Name => name;

    public uint DeviceId => deviceId;

    public string Purpose => purpose;

    /// <summary>The type in --print-capabilities (vhost-user specification, "Back-end program conventions").</summary>
    public virtual string BackEndType => name;

    /// <summary>The optional features in --print-capabilities.</summary>
    public virtual IReadOnlyList<string> Capabilities => [];

    /// <summary>Which sockets front-ends connect to, and how the command line names them.</summary>
    public virtual SocketPlan Sockets => SocketPlan.One;

    /// <summary>What the command line may say beyond what all devices have.</summary>
    public virtual IReadOnlyList<Setting> Settings => [];

    /// <summary>Words without an option.</summary>
    public virtual IReadOnlyList<Positional> Words => [];

    /// <summary>What a daemon that runs can be asked on its control socket; each is a command below the device's.</summary>
    public virtual IReadOnlyList<ControlVerb> Verbs => [];

    /// <summary>Further commands below the device's: for what is more than a request and its answer.</summary>
    public virtual IReadOnlyList<Command> Tools => [];

    /// <summary>What must or usually does follow the name, for the usage line.</summary>
    public virtual string UsualOptions => $"{Sockets.Path.Name} PATH";

    /// <summary>A command line to copy, without the program's name.</summary>
    public virtual string Example => $"{Sockets.Path.Name} /run/vm/{name}";

    /// <summary>What is wrong with settings that are right one by one; null: nothing.</summary>
    public virtual string? Problem(Values values) => null;

    /// <summary>The system calls that the device makes once it serves, beyond those that all devices make.</summary>
    public virtual IReadOnlyList<CallRule> Calls(Values values) => [];

    /// <summary>Opens the host's side. Called once, before the sandbox.</summary>
    /// <exception cref="StartupException">Something cannot be had.</exception>
    public abstract Served Open(Opening at);

    /// <summary>Name in logs and RUST_LOG filters.</summary>
    internal string LogTarget => "vhost_device_" + name.Replace('-', '_');
}
