// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Linux;

/// <summary>
/// A Linux error number as a value: what a system call failed with, or <see cref="Success"/>.
/// Expected failures travel through return values; nothing on the data path throws.
/// </summary>
public readonly record struct Errno(int Code)
{
    public static Errno Success => default;

    public static readonly Errno EPERM = new(1);
    public static readonly Errno ENOENT = new(2);
    public static readonly Errno ESRCH = new(3);
    public static readonly Errno EINTR = new(4);
    public static readonly Errno EIO = new(5);
    public static readonly Errno ENXIO = new(6);
    public static readonly Errno EBADF = new(9);
    public static readonly Errno EAGAIN = new(11);
    public static readonly Errno ENOMEM = new(12);
    public static readonly Errno EACCES = new(13);
    public static readonly Errno EFAULT = new(14);
    public static readonly Errno EBUSY = new(16);
    public static readonly Errno EEXIST = new(17);
    public static readonly Errno ENODEV = new(19);
    public static readonly Errno ENOTDIR = new(20);
    public static readonly Errno EISDIR = new(21);
    public static readonly Errno EINVAL = new(22);
    public static readonly Errno EMFILE = new(24);
    public static readonly Errno ENOTTY = new(25);
    public static readonly Errno EFBIG = new(27);
    public static readonly Errno ENOSPC = new(28);
    public static readonly Errno ESPIPE = new(29);
    public static readonly Errno EROFS = new(30);
    public static readonly Errno EPIPE = new(32);
    public static readonly Errno ERANGE = new(34);
    public static readonly Errno ENAMETOOLONG = new(36);
    public static readonly Errno ENOSYS = new(38);
    public static readonly Errno EPROTO = new(71);
    public static readonly Errno EOVERFLOW = new(75);
    public static readonly Errno ENOTSOCK = new(88);
    public static readonly Errno ELOOP = new(40);
    public static readonly Errno EMSGSIZE = new(90);
    public static readonly Errno EPROTOTYPE = new(91);
    public static readonly Errno EOPNOTSUPP = new(95);
    public static readonly Errno EAFNOSUPPORT = new(97);
    public static readonly Errno EADDRINUSE = new(98);
    public static readonly Errno ENETDOWN = new(100);
    public static readonly Errno ECONNRESET = new(104);
    public static readonly Errno ENOBUFS = new(105);
    public static readonly Errno ENOTCONN = new(107);
    public static readonly Errno ETIMEDOUT = new(110);
    public static readonly Errno ECONNREFUSED = new(111);
    public static readonly Errno EINPROGRESS = new(115);
    public static readonly Errno EDQUOT = new(122);
    public static readonly Errno ECANCELED = new(125);

    /// <summary>The calling thread's errno. Read it in the statement right after the failed call.</summary>
    public static Errno Last => new(Marshal.GetLastSystemError());

    public bool IsError => Code != 0;

    public bool IsSuccess => Code == 0;

    /// <summary>The text that the C library has for this number, such as "No such file or directory".</summary>
    public string Message => Code == 0 ? "Success" : Marshal.GetPInvokeErrorMessage(Code);

    public override string ToString() => Message;
}
