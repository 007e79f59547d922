// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Linux;

/// <summary>
/// The kernel's random generator without a system call (vDSO getrandom, Linux 6.11 on x64, 6.12 on arm64): the same
/// ChaCha20 keyed from the kernel's pool and keyed anew when that is reseeded, several times as fast for small
/// requests. One owner: neither two threads at a time nor a signal handler on the owner's thread.
/// </summary>
/// <remarks>
/// It writes as the process itself: a buffer that cannot be written to is SIGSEGV or SIGBUS, where
/// <see cref="KernelRandom"/> returns EFAULT.
/// </remarks>
public sealed unsafe class VdsoRandom : IDisposable
{
    private readonly delegate* unmanaged<byte*, nuint, uint, void*, nuint, nint> _getrandom;
    private readonly nuint _stateSize;
    private readonly nuint _mappedLength;
    private nint _state;

    private VdsoRandom(nint getrandom, nuint stateSize, void* state, nuint mappedLength)
    {
        _getrandom = (delegate* unmanaged<byte*, nuint, uint, void*, nuint, nint>)getrandom;
        _stateSize = stateSize;
        _mappedLength = mappedLength;
        _state = (nint)state;
    }

    ~VdsoRandom() => Unmap();

    internal nint State => _state;

    /// <summary>False where the kernel does not offer it; <see cref="KernelRandom"/> then does the same, slower.</summary>
    public static bool TryCreate(out VdsoRandom? random)
    {
        random = null;
        ReadOnlySpan<byte> name = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => "__vdso_getrandom"u8,
            Architecture.Arm64 => "__kernel_getrandom"u8,
            _ => default,
        };
        return name.Length > 0 && VdsoImage.TryFind(out VdsoImage image, out nint start) && image.TryFunction(name, out int offset)
            && TryCreate(start + offset, out random);
    }

    /// <param name="getrandom">The function; the tests have their own.</param>
    internal static bool TryCreate(nint getrandom, out VdsoRandom? random)
    {
        random = null;
        // The protocol of linux/random.h: a state of that impossible size asks how to map a real one.
        VGetrandomOpaqueParams wanted = default;
        nint result = ((delegate* unmanaged<byte*, nuint, uint, void*, nuint, nint>)getrandom)(null, 0, 0, &wanted, nuint.MaxValue);
        // The state must not cross a page; a mapping of its own begins one.
        nuint page = (nuint)Environment.SystemPageSize;
        if (result != 0 || wanted.StateSize == 0 || wanted.StateSize > page)
            return false;
        void* state = Libc.mmap(null, page, wanted.MapProtection, wanted.MapFlags, -1, 0);
        if (state == (void*)-1)
            return false;
        random = new VdsoRandom(getrandom, wanted.StateSize, state, page);
        return true;
    }

    /// <inheritdoc cref="Fill(byte*, nuint, out Errno)"/>
    public nint Fill(byte* buffer, nuint length) => Fill(buffer, length, out _);

    /// <summary>Fills memory that the process may write to.</summary>
    /// <returns>Bytes written, which may be fewer than asked for above 256, or -1.</returns>
    public nint Fill(byte* buffer, nuint length, out Errno errno)
    {
        errno = Errno.Success;
        // After Dispose the function would go by a null state, which is a crash.
        nint n = _state == 0 ? -1 : _getrandom(buffer, length, 0, (void*)_state, _stateSize);
        // The finalizer unmaps the state.
        GC.KeepAlive(this);
        // Early in the kernel's life, for example, it refers the caller to the system call, with ENOSYS.
        return n < 0 ? KernelRandom.Fill(buffer, length, out errno) : n;
    }

    public void Dispose()
    {
        Unmap();
        GC.SuppressFinalize(this);
    }

    private void Unmap()
    {
        nint state = Interlocked.Exchange(ref _state, 0);
        if (state != 0)
            _ = Libc.munmap((void*)state, _mappedLength);
    }
}
