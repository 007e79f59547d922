// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Hosting.CommandLine;

/// <summary>A command: what may be said after its name, and what it does. Nothing is made before it is asked for.</summary>
public abstract class Command
{
    /// <summary>One word.</summary>
    public abstract string Name { get; }

    /// <summary>What it is for: one line, no full stop.</summary>
    public abstract string Purpose { get; }

    /// <summary>Command lines to copy, without the program's and the command's name in front; at least one.</summary>
    public abstract IReadOnlyList<string> Examples { get; }

    /// <summary>Its options, in the order of the help.</summary>
    public virtual IReadOnlyList<Setting> Settings => [];

    /// <summary>Its words without an option; all but the last are single ones.</summary>
    public virtual IReadOnlyList<Positional> Words => [];

    /// <summary>Commands below it.</summary>
    public virtual IReadOnlyList<Command> Commands => [];

    /// <summary>What must stand behind the name, and what else usually does; for the usage line.</summary>
    public virtual string UsualOptions => "";

    /// <summary>False when one of <see cref="Commands"/> has to be named.</summary>
    public virtual bool RunsAlone => true;

    /// <summary>The name that <c>--version</c> prints; null: the program's.</summary>
    public virtual string? VersionName => null;

    /// <summary>What is wrong with a command line whose single values are right; null: nothing.</summary>
    public virtual string? Problem(Values values) => null;

    /// <summary>Does it.</summary>
    /// <returns>The exit status.</returns>
    /// <exception cref="StartupException">It cannot be done.</exception>
    public virtual int Run(Values values) => 0;
}
