// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Linux;

namespace VhostDevice.Hosting.Daemon;

/// <summary>
/// Survives front-ends that truncate memory which they share: a handler of SIGBUS, in C (Native/mapping_guard.c), which
/// is linked into the native binary. Built as a managed program this does without.
/// </summary>
internal sealed unsafe partial class MappingGuard : IMappingGuard
{
    private const string Library = "vhost-device-native";

    private MappingGuard()
    {
    }

    /// <summary>Installs the handler, and has all mappings guarded that are made from then on.</summary>
    /// <returns>False when this program was not built as a native one and has no such part.</returns>
    /// <exception cref="StartupException">The kernel refuses the handler.</exception>
    internal static bool TryInstall()
    {
        int errno;
        try
        {
            errno = Native.Install();
        }
        catch (DllNotFoundException)
        {
            // In the native program the function is linked in. What the runtime says of itself does not help: a build for
            // NativeAOT that is run managed claims to have no just-in-time compiler either.
            return false;
        }

        if (errno != 0)
            throw new StartupException($"no handler of SIGBUS can be installed: {new Errno(errno)}");
        MemoryMapping.Guard = new MappingGuard();
        return true;
    }

    public nint Add(byte* start, nuint length, int alarm, int* lost) => Native.Add(start, length, alarm, lost);

    public void Remove(nint guarded) => Native.Remove(guarded);

    private static partial class Native
    {
        [LibraryImport(Library, EntryPoint = "vhost_device_guard_install")]
        internal static partial int Install();

        [LibraryImport(Library, EntryPoint = "vhost_device_guard_add")]
        internal static partial nint Add(void* start, nuint length, int alarm, int* lost);

        [LibraryImport(Library, EntryPoint = "vhost_device_guard_remove")]
        internal static partial void Remove(nint guarded);
    }
}
